package notion

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// SignatureHeader is where Notion signs the body of a webhook request.
const SignatureHeader = "X-Notion-Signature"

// What is wrong with a webhook request.
var (
	// ErrSignature: the body is not signed with the subscription's verification token.
	ErrSignature = errors.New("notion: webhook signature wrong or missing")
	// ErrEvent: the body is no webhook event.
	ErrEvent = errors.New("notion: not a webhook event")
)

// VerifyWebhook checks the signature over the raw body: "sha256=" and the hex HMAC-SHA256 under the subscription's
// verification token (developers.notion.com, "Webhooks", read 2026-08). It says nothing about when the request was made:
// who must not do the same twice goes by the event's id. An empty secret never verifies.
func VerifyWebhook(secret, signature string, body []byte) error {
	digest, found := strings.CutPrefix(signature, "sha256=")
	got, err := hex.DecodeString(digest)
	if secret == "" || !found || err != nil {
		return ErrSignature
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if !hmac.Equal(got, mac.Sum(nil)) {
		return ErrSignature
	}
	return nil
}

// Handshake returns the verification token of the request with which Notion introduces a new subscription; empty if the
// body is something else.
func Handshake(body []byte) (token string) {
	var said struct {
		Token string `json:"verification_token"`
	}
	if json.Unmarshal(body, &said) != nil || len(said.Token) > maxTokenBytes ||
		strings.ContainsFunc(said.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return said.Token
}

// maxTokenBytes is far more than any token has.
const maxTokenBytes = 512

// DecodeEvent reads a webhook event. Types that are not known are no error; [syncer.Syncer.Enqueue] takes no interest in
// them. Errors wrap ErrEvent.
func DecodeEvent(body []byte) (model.Event, error) {
	var said struct {
		ID     string `json:"id"`
		Type   string `json:"type"`
		Entity struct {
			ID string `json:"id"`
		} `json:"entity"`
		Data struct {
			Parent struct {
				ID   string `json:"id"`
				Type string `json:"type"`
			} `json:"parent"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return model.Event{}, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	object, action, found := strings.Cut(said.Type, ".")
	if !found {
		return model.Event{}, fmt.Errorf("%w: type %q", ErrEvent, said.Type)
	}
	e := model.Event{ID: said.ID, Object: object, Action: action}
	e.Parent.Type = said.Data.Parent.Type
	e.Parent.ID, _ = page.ParseID(said.Data.Parent.ID)
	switch object {
	case "page", "data_source", "database":
		var ok bool
		if e.Of, ok = page.ParseID(said.Entity.ID); !ok || len(said.ID) > maxTokenBytes {
			return model.Event{}, fmt.Errorf("%w: %s of %q", ErrEvent, said.Type, said.Entity.ID)
		}
	}
	return e, nil
}
