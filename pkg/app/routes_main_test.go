package app_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
)

// TestMain runs many tests at a time, for those of the routes wait more than they work, and sees to it that no secret
// gets into the log.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "16") // a flag of package testing's, and a number
	}
	var seen logged
	slog.SetDefault(slog.New(slog.NewTextHandler(&seen, nil)))
	code := m.Run()
	for _, line := range seen.secret {
		fmt.Printf("a secret was logged: %s", line)
		code = 1
	}
	os.Exit(code)
}

// logged is the log: lines with secrets are kept, with -v all are shown.
type logged struct {
	mu     sync.Mutex
	secret [][]byte
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, secret := range secrets {
		if bytes.Contains(line, []byte(secret)) {
			l.secret = append(l.secret, bytes.Clone(line))
		}
	}
	if testing.Verbose() {
		return os.Stderr.Write(line)
	}
	return len(line), nil
}
