package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"notionsync/pkg/diagnosis"
)

// A check that panics, one that hangs and one that never looks at its context stop no other, and are said to have failed.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		defer close(forever)
		fine := func(context.Context) []finding { return []finding{passed("fine", diagnosis.Of(diagnosis.VariableSet))} }
		all := atOnce(t.Context(), slog.New(slog.DiscardHandler), checkPatience, []check{
			{"first", fine},
			{"panics", func(context.Context) []finding { panic("a secret") }},
			{"hangs", func(ctx context.Context) []finding {
				<-ctx.Done()
				return []finding{because("hangs", ctx.Err(), diagnosis.Of(diagnosis.NotionNoAnswer))}
			}},
			{"never ends", func(context.Context) []finding { <-forever; return nil }},
			{"last", fine},
		})
		var names []string
		for _, f := range inWords(all, diagnosis.English) {
			names = append(names, f.Name)
			if i := slices.Index([]string{"panics", "never ends"}, f.Name); i >= 0 {
				want := []diagnosis.ID{diagnosis.CheckPanicked, diagnosis.CheckOutOfTime}[i]
				if said := diagnosis.Of(want, "time", checkPatience); f.Message != said.What(diagnosis.English) || f.Fix != said.Fix(diagnosis.English) {
					t.Errorf("%s says %+v, want %q", f.Name, f, want)
				}
			}
			if f.OK != (f.Name == "fine") || !f.OK && f.Fix == "" || strings.Contains(f.Message+f.Fix, "secret") {
				t.Errorf("found %+v", f)
			}
		}
		if want := []string{"fine", "panics", "hangs", "never ends", "fine"}; !slices.Equal(names, want) {
			t.Errorf("found %q, want %q", names, want)
		}
	})
}

// What cannot be begun for a reason that no variable names is unchecked, with the reason.
func TestUnchecked(t *testing.T) {
	t.Parallel()
	f := unchecked("name", errors.New("the moon is in the way")).in(diagnosis.English)
	want := diagnosis.Of(diagnosis.CheckUnavailable, "problem", "the moon is in the way")
	if f.OK || !f.Unchecked || f.Message != want.What(diagnosis.English) || f.Fix != want.Fix(diagnosis.English) {
		t.Errorf("found %+v, want it unchecked for that reason", f)
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	environ := []string{"CRON_SECRET=abc", "REDIS_URL=redis://localhost", "NEXT_PUBLIC_SITE_URL=https://www.example.com"}
	same := Load(environ)
	proof := Load(environ).prove("who", "nonce")
	if !sameProof(proof, same.prove("who", "nonce")) || sameProof(proof, same.prove("this", "nonce")) || sameProof(proof, same.prove("who", "other")) {
		t.Error("a proof must be the same for the same text and settings, and for no other text")
	}
	for _, change := range []string{
		"CRON_SECRET=abd", "REDIS_URL=redis://127.0.0.1", "NEXT_PUBLIC_SITE_URL=https://example.com", "SYNC_KEY_PREFIX=x",
		"QSTASH_CURRENT_SIGNING_KEY=x", "QSTASH_NEXT_SIGNING_KEY=x",
	} {
		if sameProof(proof, Load(append([]string{change}, environ...)).prove("who", "nonce")) {
			t.Errorf("with %s the proof is the same", change)
		}
	}
}
