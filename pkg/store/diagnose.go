package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/diagnosis"
)

// diagnose returns an answer of Redis, or an error of the way to it, with what to do about it.
func (s *Store) diagnose(ctx context.Context, err error) error {
	var answer redis.Error
	switch {
	case errors.As(err, new(*diagnosis.Error)):
		return err
	case errors.As(err, &answer):
		return s.wrap(err, byAnswer(string(answer)), "command", commandIn(string(answer)), "key", keyIn(string(answer), s.keys.prefix),
			"prefix", s.keys.prefix)
	}
	return s.wrap(err, s.byFailure(ctx, err))
}

func (s *Store) wrap(err error, id diagnosis.ID, places ...any) error {
	return diagnosis.Wrap(err, id, append([]any{"host", s.host}, places...)...)
}

// answers are words of Redis's answers and what they mean. The first that an answer holds counts. In a script an answer
// stands behind other words.
var answers = []struct {
	words string
	id    diagnosis.ID
}{
	{"WRONGPASS ", diagnosis.RedisPassword},
	{"invalid password", diagnosis.RedisPassword},
	{"NOAUTH ", diagnosis.RedisNoPassword},
	{"unauthenticated", diagnosis.RedisNoPassword}, // bulk length: what is long is refused before it is read
	{"without any password configured", diagnosis.RedisNeedsNone},
	{"no password is set", diagnosis.RedisNeedsNone},
	{"DENIED Redis is running in protected mode", diagnosis.RedisProtected},
	{"SELECT is not allowed in cluster mode", diagnosis.RedisCluster},
	{"DB index is out of range", diagnosis.RedisDatabase},
	{"invalid DB index", diagnosis.RedisDatabase},
	{"Only 0th database is supported", diagnosis.RedisDatabase},
	{"permissions to access", diagnosis.RedisKey},
	{"can't access at least one of the keys", diagnosis.RedisKey},
	{"NOPERM ", diagnosis.RedisCommand},
	{"can't run this command", diagnosis.RedisCommand},
	{"unknown command", diagnosis.RedisUnknown},
	{"Unknown Redis command", diagnosis.RedisUnknown},
	{"ommand is not available", diagnosis.RedisUnknown},
	{"CROSSSLOT ", diagnosis.RedisCluster},
	{"MOVED ", diagnosis.RedisCluster},
	{"ASK ", diagnosis.RedisCluster},
	{"CLUSTERDOWN ", diagnosis.RedisCluster},
	{"READONLY ", diagnosis.RedisReadOnly},
	{"MASTERDOWN ", diagnosis.RedisPrimaryDown},
	{"NOREPLICAS ", diagnosis.RedisNoReplicas},
	{"LOADING ", diagnosis.RedisLoading},
	{"BUSY ", diagnosis.RedisBusy},
	{"MISCONF ", diagnosis.RedisCannotSave},
	{"max number of clients", diagnosis.RedisClients},
	{"max concurrent connections", diagnosis.RedisClients},
	{"max requests limit", diagnosis.RedisQuota},
	{"max daily request limit", diagnosis.RedisQuota},
	{"max request size", diagnosis.RedisTooLarge},
	{"max single record size", diagnosis.RedisTooLarge},
	{"invalid bulk length", diagnosis.RedisTooLarge},
	{"OOM ", diagnosis.RedisFull},
	{"capacity quota", diagnosis.RedisFull},
}

func byAnswer(answer string) diagnosis.ID {
	for _, known := range answers {
		if strings.Contains(answer, known.words) {
			return known.id
		}
	}
	return diagnosis.RedisAnswer
}

var (
	namedCommand = regexp.MustCompile("(?i)(?:command|run the|available:) ['`]([a-z|_]+)['`]|\\(([A-Z]+) at key <")
	namedKey     = regexp.MustCompile(`at key <([^>]*)>`)
)

// commandIn is the command that an answer is about, as people write it.
func commandIn(answer string) string {
	found := namedCommand.FindStringSubmatch(answer)
	if found == nil {
		return "one of its commands"
	}
	return strings.ToUpper(strings.ReplaceAll(found[1]+found[2], "|", " "))
}

// keyIn is the key that an answer is about.
func keyIn(answer, prefix string) string {
	if found := namedKey.FindStringSubmatch(answer); found != nil {
		return found[1]
	}
	return prefix + "…"
}

// byFailure tells why there was no answer.
func (s *Store) byFailure(ctx context.Context, err error) diagnosis.ID {
	var unknown *net.DNSError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return diagnosis.RedisNoHost
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return diagnosis.RedisUnknownSigner
	case errors.As(err, &host):
		return diagnosis.RedisOtherName
	case errors.As(err, &invalid):
		return diagnosis.RedisOutOfDate
	case errors.As(err, new(tls.RecordHeaderError)):
		return diagnosis.RedisSpeaksNoTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return diagnosis.RedisClosed
	case timedOut(err) && errors.As(err, new(dialFailed)) && s.speaksPlainly(ctx):
		return diagnosis.RedisSpeaksNoTLS
	case timedOut(err):
		return diagnosis.RedisSilent
	case errors.As(err, new(neverSpoke)) && s.speaksTLS(ctx):
		return diagnosis.RedisSpeaksTLS
	}
	return diagnosis.RedisBrokeOff
}

// neverSpoke marks the end of a connection on which nothing has come that Redis would say.
type neverSpoke struct{ error }

func (e neverSpoke) Unwrap() error { return e.error }

// probeTime is how long a server is asked whether it speaks otherwise than REDIS_URL says: one that does says so at once.
const probeTime = time.Second

// speaksTLS reports whether the server would have been understood with TLS. Nothing is sent to it but the handshake.
func (s *Store) speaksTLS(ctx context.Context) (yes bool) {
	if !s.tls {
		s.probe(ctx, func(ctx context.Context, c net.Conn) {
			//nolint:gosec // nothing is trusted
			yes = tls.Client(c, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) == nil
		})
	}
	return yes
}

// speaksPlainly reports whether it would have been understood without: as long as what looks like a command has no end,
// Redis says nothing.
func (s *Store) speaksPlainly(ctx context.Context) (yes bool) {
	if s.tls {
		s.probe(ctx, func(_ context.Context, c net.Conn) {
			first := make([]byte, 1)
			if _, err := c.Write([]byte("PING\r\n")); err == nil {
				_, err = c.Read(first)
				yes = err == nil && (first[0] == '+' || first[0] == '-')
			}
		})
	}
	return yes
}

// probe connects to the server once more.
func (s *Store) probe(ctx context.Context, ask func(context.Context, net.Conn)) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	c, err := s.options.dial(ctx, "tcp", s.host)
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(probeTime)) // where it cannot be set, ctx ends the handshake, and PING is answered
	ask(ctx, c)
}
