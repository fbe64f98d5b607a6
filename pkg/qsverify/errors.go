package qsverify

import "errors"

// ErrConfig: [New] was given a blank key, a URL nobody can publish to, or a leeway out of range.
var ErrConfig = errors.New("qsverify: invalid configuration")

// Why a request was refused. Every refusal wraps exactly one of these and may add times, names and URLs (their query
// left out), never a key, token or signature. They are for the log: a caller who is refused should learn no reason.
var (
	// ErrBodyTooLarge: the body is longer than MaxBodyBytes.
	ErrBodyTooLarge = errors.New("qsverify: body too large")
	// ErrUnsigned: the header Upstash-Signature is absent or empty.
	ErrUnsigned = errors.New("qsverify: request is not signed")
	// ErrSignatureCount: there is more than one Upstash-Signature, so which one counts would be a guess.
	ErrSignatureCount = errors.New("qsverify: more than one signature header")
	// ErrMalformed: the signature is no JWT in its one strict spelling, demands an extension in its "crit" header,
	// gives one of the claims below twice or with a value of the wrong kind (a time in quotes, null).
	ErrMalformed = errors.New("qsverify: malformed token")
	// ErrAlgorithm: the token is not signed with HS256.
	ErrAlgorithm = errors.New("qsverify: signing algorithm is not HS256")
	// ErrSignature: neither key made the signature. The keys were rolled, or the sender is not QStash.
	ErrSignature = errors.New("qsverify: signature matches neither key")
	// ErrClaimMissing: iss, sub, exp, iat, nbf or body is absent.
	ErrClaimMissing = errors.New("qsverify: claim missing")
	// ErrIssuer: iss is not "Upstash".
	ErrIssuer = errors.New("qsverify: wrong issuer")
	// ErrURL: sub is not the URL given to New: the message was meant for another endpoint.
	ErrURL = errors.New("qsverify: signed for another URL")
	// ErrExpired: exp has passed by Leeway or more.
	ErrExpired = errors.New("qsverify: token expired")
	// ErrNotYetValid: nbf or iat lies further ahead than Leeway.
	ErrNotYetValid = errors.New("qsverify: token not valid yet")
	// ErrLifetime: exp is later than iat by more than MaxLifetime and Leeway. QStash does not issue such tokens.
	ErrLifetime = errors.New("qsverify: token lives too long")
	// ErrBodyMismatch: the body claim is not the hash of this body.
	ErrBodyMismatch = errors.New("qsverify: body does not match its hash")
)
