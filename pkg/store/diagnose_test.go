package store_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/store"
)

// situation is a Redis that something is wrong with, or with the way to it.
type situation struct {
	name  string
	redis func(t *testing.T) (url string)
	want  diagnosis.ID
	what  string // in what is said of it
	fix   string // in what to do
}

// server starts a redis-server so configured and sends it commands.
func configured(args []string, commands ...[]any) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		s := newServer(t, args...)
		command(t, s.url(), commands...)
		return s.url()
	}
}

// command sends commands on a connection that stays open until the test ends.
func command(t *testing.T, url string, commands ...[]any) {
	t.Helper()
	c, err := redis.DialURL(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, words := range commands {
		if _, err := c.Do(words[0].(string), words[1:]...); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}
}

func acl(rules ...any) []any { return append([]any{"ACL", "SETUSER", "default"}, rules...) }

// saying is a server like Redis that answers every command with this.
func saying(text string) func(*testing.T) string {
	return func(t *testing.T) string {
		mini := miniredis.RunT(t)
		mini.SetError(text)
		return "redis://" + mini.Addr()
	}
}

// certified starts a redis-server that speaks TLS with a certificate for a name, signed by itself, on a second port.
func certified(host string, until time.Time) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		}
		if ip := net.ParseIP(host); ip != nil {
			template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
		}
		cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: cert}, "key": {Type: "EC PRIVATE KEY", Bytes: raw}}
		for name, block := range files {
			if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		port, err := freePort()
		if err != nil {
			t.Fatal(err)
		}
		newServer(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", filepath.Join(dir, "cert"),
			"--tls-key-file", filepath.Join(dir, "key"), "--tls-auth-clients", "no")
		return fmt.Sprintf("rediss://127.0.0.1:%d", port)
	}
}

// loading starts a redis-server that takes seconds to read what it has saved.
func loading(t *testing.T) string {
	s := newServer(t)
	c, err := redis.DialURL(s.url())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		if err := c.Send("SET", fmt.Sprint("key ", i), "some text that takes a few bytes"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Do("SAVE"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	s.stop()
	s.args = []string{"--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"}
	if err := s.start(); err != nil {
		t.Skipf("no Redis that loads slowly: %v", err)
	}
	return s.url()
}

// unsaved starts a redis-server whose folder is gone.
func unsaved(t *testing.T) string {
	s := newServer(t, "--save", "3600 1")
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	command(t, s.url(), []any{"SET", "a", "b"}, []any{"BGSAVE"})
	c, err := redis.DialURL(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(10 * time.Millisecond) {
		if text, _ := redis.String(c.Do("INFO", "persistence")); strings.Contains(text, "rdb_last_bgsave_status:err") {
			return s.url()
		}
	}
	t.Fatal("Redis has saved into a folder that is gone")
	return ""
}

// busy starts a redis-server that runs a script without end.
func busy(t *testing.T) string {
	s := newServer(t, "--busy-reply-threshold", "1")
	c, err := redis.DialURL(s.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Send("EVAL", "while true do end", 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(10 * time.Millisecond) {
		other, err := redis.DialURL(s.url(), redis.DialReadTimeout(time.Second))
		if err != nil {
			continue
		}
		_, err = other.Do("PING")
		other.Close()
		if err != nil && strings.Contains(err.Error(), "BUSY") {
			return s.url()
		}
	}
	t.Skip("no Redis that says it is busy")
	return ""
}

// older is a redis-server that says it is an older version.
func older(t *testing.T) string {
	p := newProxy(t, newServer(t).url())
	p.spoil = func(said []byte) []byte {
		at := bytes.Index(said, []byte("redis_version:"))
		if at < 0 {
			return said
		}
		version := said[at+len("redis_version:"):]
		version = version[:bytes.IndexByte(version, '\r')]
		copy(version, "6.0."+strings.Repeat("9", len(version)))
		return said
	}
	return p.url()
}

func (s situation) String() string { return s.name }

const (
	console = "https://console.upstash.com"
	form    = "rediss://default:<password>@<host>:<port>"
)

func situations() []situation {
	all := acl("+@all", "allkeys")
	cluster := []any{"CLUSTER", "ADDSLOTSRANGE", 0, 16383}
	return []situation{
		{"scripts denied", configured(nil, all, acl("-eval", "-evalsha")), diagnosis.RedisCommand, "EVAL", "+@all"},
		{"a command of the scripts denied", configured(nil, all, acl("-smismember")), diagnosis.RedisCommand, "SMISMEMBER", "+@all"},
		{"dangerous commands denied", configured(nil, all, acl("-rename")), diagnosis.RedisCommand, "RENAME", "read-only"},
		{"the site's keys alone", configured(nil, all, acl("resetkeys", "~page:*", "~*:index", "~db:*")), diagnosis.RedisKey, "sync:lease", "SYNC_KEY_PREFIX"},
		{"all keys but one kind", configured(nil, all, acl("resetkeys", "~sync:*", "~*:index", "~db:*")), diagnosis.RedisKey, "page:", "~*"},
		{"keys for reading", configured(nil, all, acl("resetkeys", "%R~*")), diagnosis.RedisKey, "page:", "SYNC_KEY_PREFIX"},
		{"before 6.2", configured([]string{"--rename-command", "SMISMEMBER", ""}), diagnosis.RedisUnknown, "SMISMEMBER", "6.2"},
		{"no scripts at all", configured([]string{"--rename-command", "EVALSHA", "", "--rename-command", "EVAL", ""}),
			diagnosis.RedisUnknown, "EVAL", "rename-command"},
		{"an older version", older, diagnosis.RedisOld, "6.0.", "Update"},
		{"cluster", configured([]string{"--cluster-enabled", "yes"}, cluster), diagnosis.RedisCluster, "cluster", "cluster mode switched off"},
		{"one of several nodes", configured([]string{"--cluster-enabled", "yes"}), diagnosis.RedisCluster, "cluster", "cluster mode"},
		{"moved", saying("MOVED 3999 10.0.0.1:6381"), diagnosis.RedisCluster, "cluster", "cluster mode"},
		{"a replica", configured([]string{"--replicaof", "127.0.0.1 1"}), diagnosis.RedisReadOnly, "replica", "primary's address"},
		{"a replica that takes writes", configured([]string{"--replicaof", "127.0.0.1 1", "--replica-read-only", "no"}),
			diagnosis.RedisReplica, "lost", "primary's address"},
		{"a replica without primary", configured([]string{"--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "no"}),
			diagnosis.RedisPrimaryDown, "primary", "failover"},
		{"too few replicas", configured([]string{"--min-replicas-to-write", "1"}), diagnosis.RedisNoReplicas, "replicas", "min-replicas-to-write"},
		{"loading", loading, diagnosis.RedisLoading, "loading", "Wait"},
		{"busy", busy, diagnosis.RedisBusy, "busy", "SCRIPT KILL"},
		{"full", configured([]string{"--maxmemory", "1"}), diagnosis.RedisFull, "full", "larger plan"},
		{"Upstash is full", saying("ERR DB capacity quota exceeded"), diagnosis.RedisFull, "full", "larger plan"},
		{"many clients", configured([]string{"--maxclients", "1"}, []any{"PING"}), diagnosis.RedisClients, "connections", "maxclients"},
		{"the day's commands are used up", saying("ERR max daily request limit exceeded. Limit: 10000, Usage: 10001. See " +
			"https://upstash.com/docs/redis/troubleshooting/max_daily_request_limit for details"), diagnosis.RedisQuota, "used up", console},
		{"the month's commands are used up", saying("ERR max requests limit exceeded. Limit: 500000, Usage: 500000. See " +
			"https://upstash.com/docs/redis/troubleshooting/max_requests_limit for details"), diagnosis.RedisQuota, "used up", console},
		{"a value too large", saying("ERR max request size exceeded. Limit: 1048576 bytes, Actual: 2097152 bytes"),
			diagnosis.RedisTooLarge, "larger", "divide the page"},
		{"another database", func(t *testing.T) string { return newServer(t, "--databases", "1").url() + "/3" },
			diagnosis.RedisDatabase, "number", "SYNC_KEY_PREFIX"},
		{"a wrong password", func(t *testing.T) string { return withPassword(newServer(t, "--requirepass", "x").url()) },
			diagnosis.RedisPassword, "password", form},
		{"no password", configured(nil, acl("resetpass", ">secret")), diagnosis.RedisNoPassword, "password", form},
		{"a password for nothing", func(t *testing.T) string { return strings.Replace(withPassword(newServer(t).url()), "default", "", 1) },
			diagnosis.RedisNeedsNone, "password", "requirepass"},
		{"protected mode", saying("DENIED Redis is running in protected mode because protected mode is enabled"),
			diagnosis.RedisProtected, "password", "requirepass"},
		{"plain against TLS", func(t *testing.T) string {
			return strings.Replace(certified("127.0.0.1", time.Now().Add(time.Hour))(t), "rediss", "redis", 1)
		}, diagnosis.RedisSpeaksTLS, "TLS", "rediss:// (with two s)"},
		{"TLS against plain", func(t *testing.T) string { return strings.Replace(newServer(t).url(), "redis", "rediss", 1) },
			diagnosis.RedisSpeaksNoTLS, "TLS", "redis:// (with one s)"},
		{"a certificate of its own", certified("127.0.0.1", time.Now().Add(time.Hour)), diagnosis.RedisUnknownSigner, "certificate", "public authority"},
		{"a certificate of another host", certified("redis.example.com", time.Now().Add(time.Hour)), diagnosis.RedisOtherName, "another host", "Write the name"},
		{"a certificate of last year", certified("127.0.0.1", time.Now().Add(-time.Hour)), diagnosis.RedisOutOfDate, "not valid", "Renew"},
		{"it cannot save", unsaved, diagnosis.RedisCannotSave, "save", "its disk is full"},
		{"nobody listens", func(t *testing.T) string {
			port, err := freePort()
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("redis://127.0.0.1:%d", port)
		}, diagnosis.RedisClosed, "127.0.0.1:", form},
		{"no such host", func(*testing.T) string { return "rediss://eu1-quick-fox-1.invalid:6379" }, diagnosis.RedisNoHost, "eu1-quick-fox-1.invalid", "was deleted"},
		{"silent", func(t *testing.T) string {
			p := newProxy(t, newServer(t).url())
			p.hold()
			return p.url()
		}, diagnosis.RedisSilent, "127.0.0.1:", "firewall"},
		{"closed at once", func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
				}
			}()
			return "redis://" + l.Addr().String()
		}, diagnosis.RedisBrokeOff, "127.0.0.1:", "in a moment"},
		{"something else", saying("ERR the moon is in the way"), diagnosis.RedisAnswer, "error", "page of the database"},
	}
}

// Whatever is wrong with Redis or the way to it is told apart from all else, with what to do about it. The password is
// never in what is said.
func TestStore_Rehearse_whatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range situations() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := tt.redis(t)
			s, err := store.New(url, "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			found, said := diagnosed(t, s)
			if found.ID != tt.want {
				t.Fatalf("found %q, want %q: %s", found.ID, tt.want, said)
			}
			if what, fix := found.What(diagnosis.English), found.Fix(diagnosis.English); !strings.Contains(what, tt.what) || !strings.Contains(fix, tt.fix) {
				t.Errorf("said %q, to be mended by %q; want %q and %q in it", what, fix, tt.what, tt.fix)
			}
			if strings.Contains(said, password) || strings.ContainsAny(found.What(diagnosis.French)+found.Fix(diagnosis.French), "{}") {
				t.Errorf("said %q, want no password and no place that is empty", said)
			}
		})
	}
}

// diagnosed is what is found wrong with a Redis, as a check finds it.
func diagnosed(t *testing.T, s *store.Store) (found diagnosis.Diagnosis, said string) {
	t.Helper()
	if err := s.Rehearse(t.Context()); err != nil {
		var d *diagnosis.Error
		if !errors.As(err, &d) {
			t.Fatalf("Rehearse = %v, want it diagnosed", err)
		}
		return d.Diagnosis, err.Error()
	}
	server, err := s.Server(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if unfit := server.Unfit(); unfit != nil {
		return *unfit, unfit.What(diagnosis.English)
	}
	t.Fatal("nothing is wrong")
	return found, ""
}

// Each diagnosis of Redis that is a fault is one of the situations above, or of another type under a key of ours.
func TestStore_Rehearse_allSituations(t *testing.T) {
	t.Parallel()
	known := map[diagnosis.ID]bool{diagnosis.RedisForeign: true}
	for _, s := range situations() {
		known[s.want] = true
	}
	for _, id := range []diagnosis.ID{
		diagnosis.RedisFine, diagnosis.RedisKeeps, diagnosis.RedisUnlimited, diagnosis.RedisEvicts, diagnosis.RedisMayEvict,
	} {
		known[id] = true // see TestServer_Eviction
	}
	for _, row := range diagnosis.Catalogue() {
		if strings.HasPrefix(string(row.ID), "redis/") && !known[row.ID] {
			t.Errorf("nothing produces %q", row.ID)
		}
	}
}

// Where keys may be deleted by Redis itself, that is known, unless the user may not ask.
func TestServer_Eviction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		acl  []any
		want diagnosis.ID
	}{
		{"no limit", []string{"--maxmemory-policy", "allkeys-lru"}, nil, diagnosis.RedisUnlimited},
		{"a limit", []string{"--maxmemory", "100mb"}, nil, diagnosis.RedisKeeps},
		{"a limit, and any key goes", []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, nil, diagnosis.RedisEvicts},
		{"a limit, and jobs' keys go", []string{"--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"}, nil, diagnosis.RedisEvicts},
		{"not to be asked", []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, acl("-info"), diagnosis.RedisMayEvict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, tt.args...)
			if tt.acl != nil {
				command(t, server.url(), tt.acl)
			}
			s, err := store.New(server.url(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			info, err := s.Server(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Eviction(); got.ID != tt.want {
				t.Errorf("Eviction() = %q, want %q: %+v", got.ID, tt.want, info)
			}
			if err := s.Rehearse(t.Context()); err != nil {
				t.Errorf("Rehearse = %v", err)
			}
		})
	}
}
