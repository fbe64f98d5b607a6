package qsverify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/qsverify"
)

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		current, next, endpoint string
		opts                    qsverify.Options
		want                    error
	}{
		{"keys and URL", currentKey, nextKey, endpoint, qsverify.Options{}, nil},
		{"one key for both", currentKey, currentKey, endpoint, qsverify.Options{}, nil},
		{"URL of a local run", currentKey, nextKey, "http://localhost:3000/w", qsverify.Options{}, nil},
		{"largest leeway", currentKey, nextKey, endpoint, qsverify.Options{Leeway: qsverify.MaxLeeway}, nil},

		{"both keys empty", "", "", endpoint, qsverify.Options{}, qsverify.ErrConfig},
		{"current key empty", "", nextKey, endpoint, qsverify.Options{}, qsverify.ErrConfig},
		{"next key empty", currentKey, "", endpoint, qsverify.Options{}, qsverify.ErrConfig},
		{"current key blank", " \t\r\n", nextKey, endpoint, qsverify.Options{}, qsverify.ErrConfig},
		{"next key blank", currentKey, "\n", endpoint, qsverify.Options{}, qsverify.ErrConfig},
		{"URL empty", currentKey, nextKey, "", qsverify.Options{}, qsverify.ErrConfig},
		{"URL blank", currentKey, nextKey, " ", qsverify.Options{}, qsverify.ErrConfig},
		{"URL with a line break", currentKey, nextKey, endpoint + "\n", qsverify.Options{}, qsverify.ErrConfig},
		{"URL without scheme", currentKey, nextKey, "www.example.com/w", qsverify.Options{}, qsverify.ErrConfig},
		{"URL of another scheme", currentKey, nextKey, "ftp://example.com/w", qsverify.Options{}, qsverify.ErrConfig},
		{"URL without host", currentKey, nextKey, "https:///w", qsverify.Options{}, qsverify.ErrConfig},
		{"URL with a fragment", currentKey, nextKey, endpoint + "#w", qsverify.Options{}, qsverify.ErrConfig},
		{"leeway negative", currentKey, nextKey, endpoint, qsverify.Options{Leeway: -1}, qsverify.ErrConfig},
		{"leeway too large", currentKey, nextKey, endpoint, qsverify.Options{Leeway: 60*time.Second + 1}, qsverify.ErrConfig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := qsverify.New(tt.current, tt.next, tt.endpoint, tt.opts)
			if !errors.Is(err, tt.want) {
				t.Errorf("New: got error %v, want %v", err, tt.want)
			}
			if (v == nil) != (err != nil) {
				t.Errorf("New: got %v beside error %v, want one of the two", v, err)
			}
		})
	}
}

func TestNew_trimsKeys(t *testing.T) {
	t.Parallel()
	v, err := qsverify.New(" "+currentKey+"\n", "\t"+nextKey+"\r\n", endpoint, qsverify.Options{Now: clock(issued)})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for _, key := range []string{currentKey, nextKey} {
		m := valid()
		m.key = key
		if err := v.VerifyBytes(m.token(t), m.body); err != nil {
			t.Errorf("VerifyBytes, signed with %q: %v", key, err)
		}
	}
}

func TestNew_tellsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, tt := range []struct{ current, next, endpoint string }{
		{secret, "", endpoint},
		{"", secret, endpoint},
		{secret, secret, "ftp://" + secret + "@example.com/w?token=" + secret},
		{secret, secret, "https://example.com/\x7f?token=" + secret},
	} {
		_, err := qsverify.New(tt.current, tt.next, tt.endpoint, qsverify.Options{})
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("New(…, %q): got error %v, want one without %q", tt.endpoint, err, secret)
		}
	}
}

// The clock of production is the real one.
func TestNew_defaultClock(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, qsverify.Options{})
	m := valid()
	m.claims["iat"], m.claims["exp"] = time.Now().Unix(), time.Now().Add(time.Minute).Unix()
	if err := v.VerifyBytes(m.token(t), m.body); err != nil {
		t.Errorf("VerifyBytes, issued now: %v", err)
	}
	m.claims["iat"], m.claims["exp"] = time.Now().Add(-time.Hour).Unix(), time.Now().Add(-59*time.Minute).Unix()
	if err := v.VerifyBytes(m.token(t), m.body); !errors.Is(err, qsverify.ErrExpired) {
		t.Errorf("VerifyBytes, issued an hour ago: got %v, want ErrExpired", err)
	}
}
