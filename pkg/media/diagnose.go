package media

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"notionsync/pkg/diagnosis"
)

// refusals are the stores' own words for what they refuse.
var refusals = []struct {
	id    diagnosis.ID
	codes []string
}{
	{diagnosis.FilesKey, []string{
		"SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "InvalidSecurity", "Unauthorized", "forbidden",
	}},
	{diagnosis.FilesDenied, []string{"AccessDenied", "AllAccessDisabled", "AccountProblem"}},
	{diagnosis.FilesRegion, []string{
		"AuthorizationHeaderMalformed", "InvalidRegionName", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException",
	}},
	{diagnosis.FilesClock, []string{"RequestTimeTooSkewed", "RequestExpired"}},
	{diagnosis.FilesQuota, quotaCodes},
	{diagnosis.FilesBucket, []string{"NoSuchBucket", "store_not_found"}},
	{diagnosis.FilesSuspended, []string{"store_suspended"}},
	{diagnosis.FilesTrouble, []string{"SlowDown", "InternalError", "ServiceUnavailable", "rate_limited", "service_unavailable", "internal_server_error"}},
}

var quotaCodes = []string{
	"QuotaExceeded", "ServiceQuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "quota_exceeded",
}

// diagnose tells refusals of a store apart, by its own words first.
func (e *Error) diagnose() diagnosis.ID {
	for _, known := range refusals {
		if slices.Contains(known.codes, e.Code) {
			return known.id
		}
	}
	switch {
	case e.Status == http.StatusInsufficientStorage, strings.Contains(strings.ToLower(e.Message), "quota"):
		return diagnosis.FilesQuota
	case e.Status == http.StatusUnauthorized:
		return diagnosis.FilesKey
	case e.Status == http.StatusForbidden:
		return diagnosis.FilesDenied
	case e.Status == http.StatusTooManyRequests, e.Status >= 500 && e.Status != http.StatusNotImplemented:
		return diagnosis.FilesTrouble
	case e.Code == "" || e.Code == "unknown_error":
		return diagnosis.FilesEndpoint // that has no words of a store
	}
	return diagnosis.FilesRefusal
}

// refused returns an error by which the store refuses us with what to do about it. Any other stays as it is.
func (k *Keeper) refused(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return k.wrap(err, e.diagnose())
	}
	return err
}

func (k *Keeper) wrap(err error, id diagnosis.ID, places ...any) error {
	return diagnosis.Wrap(err, id, append([]any{"store", k.backend.Name()}, places...)...)
}

// notWritten is refused for what can be nothing but the store: where that has not refused us, it was not reached.
func (k *Keeper) notWritten(err error) error {
	if !errors.Is(err, context.Canceled) && !errors.As(err, new(*Error)) {
		return k.wrap(err, diagnosis.FilesUnreachable)
	}
	return k.refused(err)
}

// notRead says why a file that was written cannot be read, at the address given.
func (k *Keeper) notRead(err error, link string) error {
	id := diagnosis.FilesPublicDown
	var status unreadable
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &status) && status >= 500:
		id = diagnosis.FilesTrouble
	case errors.As(err, &status) && (status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden):
		id = diagnosis.FilesNotPublic
		if s3, ok := k.backend.(*S3); ok && s3.public == s3.bucket {
			id = diagnosis.FilesNoPublicURL
		}
	case errors.As(err, &status), errors.Is(err, errSomethingElse):
		id = diagnosis.FilesElsewhere
	}
	return k.wrap(err, id, "link", link)
}

// notDeleted says why a file that was written cannot be deleted.
func (k *Keeper) notDeleted(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		return k.wrap(err, diagnosis.FilesDelete)
	}
	return k.notWritten(err)
}
