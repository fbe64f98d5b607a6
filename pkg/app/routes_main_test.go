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
	if os.Getenv(functionProcess) != "" {
		serveFunction()
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "16") // a flag of package testing's, and a number
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(&lines, nil)))
	code := m.Run()
	for _, line := range lines.secret {
		fmt.Printf("a secret was logged: %s", line)
		code = 1
	}
	os.Exit(code)
}

// lines is what was logged.
var lines logged

// logged is the log: with -v all of it is shown, else only kept.
type logged struct {
	mu     sync.Mutex
	secret [][]byte // lines with secrets
	all    [][]byte
}

// having returns the lines that hold a text.
func (l *logged) having(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for _, line := range l.all {
		if bytes.Contains(line, []byte(text)) {
			found = append(found, string(line))
		}
	}
	return found
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, secret := range secrets {
		if bytes.Contains(line, []byte(secret)) {
			l.secret = append(l.secret, bytes.Clone(line))
		}
	}
	l.all = append(l.all, bytes.Clone(line))
	if testing.Verbose() {
		return os.Stderr.Write(line)
	}
	return len(line), nil
}
