package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// Each operation does what its comment in the script says.
func TestTransact(t *testing.T) {
	t.Parallel()
	for server, url := range map[string]string{"miniredis": "", "redis": os.Getenv("NOTIONSYNC_TEST_REDIS_URL")} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			switch {
			case server == "miniredis":
				url = "redis://" + miniredis.RunT(t).Addr()
			case url == "":
				t.Skip("no real Redis: NOTIONSYNC_TEST_REDIS_URL is not set")
			}
			for _, tt := range transactions {
				t.Run(tt.op+" "+tt.does, func(t *testing.T) { tt.run(t, url) })
			}
		})
	}
}

func (tt transaction) run(t *testing.T, url string) {
	prefix := "test:" + rand.Text() + ":"
	s, err := New(url, prefix)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	send := func(command string, args ...any) any {
		t.Helper()
		args[0] = prefix + fmt.Sprint(args[0])
		reply, err := s.do(t.Context(), command, args...)
		if err != nil {
			t.Fatalf("%s %q: %v", command, args, err)
		}
		return reply
	}
	send("SET", "sync:lease", "token")
	defer send("DEL", "sync:lease")
	for _, line := range tt.before {
		words := strings.SplitN(line, " ", 3)
		args := []any{words[1], words[2]}
		if words[0] != "SET" {
			args = append(args[:1], anys(strings.Split(words[2], " "))...)
		}
		send(words[0], args...)
		defer send("DEL", words[1])
	}
	change := s.begin()
	for _, o := range tt.ops {
		args := slices.Clone(o.args)
		for i, arg := range args {
			if key, ok := arg.(keyRef); ok {
				args[i] = keyRef(prefix) + key
			}
		}
		change.op(o.name, prefix+o.key, args...)
	}
	err = s.apply(t.Context(), "token", change)[0]
	var taken, want *model.SlugTaken
	if errors.As(tt.err, &want) {
		if !errors.As(err, &taken) || *taken != *want {
			t.Errorf("the change ends with %v, want %v", err, tt.err)
		}
	} else if !errors.Is(err, tt.err) {
		t.Errorf("the change ends with %v, want %v", err, tt.err)
	}
	for key, want := range tt.want {
		if got := held(t, send, key); got != want {
			t.Errorf("%s holds %q, want %q", key, got, want)
		}
		send("DEL", key)
	}
}

// held is what a key holds, as a text: members in order, values behind an equals sign.
func held(t *testing.T, send func(string, ...any) any, key string) string {
	t.Helper()
	var pairs []string
	switch kind := fmt.Sprint(send("TYPE", key)); kind {
	case "string":
		text, _ := redis.String(send("GET", key), nil)
		return text
	case "set":
		pairs, _ = redis.Strings(send("SMEMBERS", key), nil)
		slices.Sort(pairs)
		return strings.Join(pairs, " ")
	case "hash":
		pairs, _ = redis.Strings(send("HGETALL", key), nil)
	case "zset":
		pairs, _ = redis.Strings(send("ZRANGE", key, 0, -1, "WITHSCORES"), nil)
	case "none":
	default:
		t.Fatalf("%s is a %s", key, kind)
	}
	var texts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		texts = append(texts, pairs[i]+"="+pairs[i+1])
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// No operation is without a test.
func TestTransact_AllOperations(t *testing.T) {
	t.Parallel()
	var source []byte
	for _, name := range transactFiles {
		text, err := sources.ReadFile("scripts/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	found := regexp.MustCompile(`(?m)^function (?:apply|apply_late)\.(\w+)`).FindAllSubmatch(source, -1)
	if len(found) < 20 {
		t.Fatalf("transact has %d operations, want at least 20: are they written in another way now?", len(found))
	}
	for _, match := range found {
		name := string(match[1])
		if !slices.ContainsFunc(transactions, func(tt transaction) bool { return tt.op == name }) {
			t.Errorf("operation %s has no test", name)
		}
	}
}
