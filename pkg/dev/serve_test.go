package main

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
)

func TestListen_taken(t *testing.T) {
	t.Parallel()
	first, err := listen(t.Context(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := listen(t.Context(), "localhost:"+first.port); !errors.As(err, new(problem)) ||
		!strings.Contains(err.Error(), "is taken") || !strings.Contains(err.Error(), "-addr localhost:") {
		t.Errorf("listen on a port in use = %v, want a way out", err)
	}
}

// The port that is suggested is free.
func TestListen_suggestsFreePort(t *testing.T) {
	t.Parallel()
	for range 10 { // until two ports in a row are ours
		first, err := listen(t.Context(), "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		n, err := strconv.Atoi(first.port)
		if err != nil {
			t.Fatal(err)
		}
		next := strconv.Itoa(n + 1)
		second, err := listen(t.Context(), "localhost:"+next)
		if err != nil {
			continue
		}
		defer second.Close()
		_, err = listen(t.Context(), "localhost:"+first.port)
		if err == nil || strings.Contains(err.Error(), "-addr localhost:"+next) || !strings.Contains(err.Error(), "-addr localhost:") {
			t.Errorf("with port %s in use, too, listen says %v, want another suggested", next, err)
		}
		return
	}
	t.Error("no two ports in a row were free")
}

// Not every system refuses a port of localhost that somebody has on all addresses.
func TestAnswers(t *testing.T) {
	t.Parallel()
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	_, used, _ := net.SplitHostPort(everywhere.Addr().String())
	host, free, _ := net.SplitHostPort(nobody(t))
	for _, row := range []struct {
		host, port string
		want       bool
	}{{"localhost", used, true}, {"127.0.0.1", used, true}, {host, free, false}, {"localhost", "0", false}} {
		if got := answers(t.Context(), row.host, row.port); got != row.want {
			t.Errorf("answers(%s, %s) = %v, want %v", row.host, row.port, got, row.want)
		}
	}
}

// nobody is an address on which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
