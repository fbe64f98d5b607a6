package place

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"notionsync/pkg/syncer/model"
)

// ContentLost is the warning about pages of which Redis has lost something that the site reads.
func ContentLost(slugs []string) string {
	return "what Redis held of these pages was missing, they are read anew: " + quoteSome(slugs)
}

// quoteSome names a few of many.
func quoteSome(slugs []string) string {
	const most = 5
	slugs = slices.Sorted(slices.Values(slugs))
	quoted := make([]string, min(most, len(slugs)))
	for i := range quoted {
		quoted[i] = strconv.Quote(slugs[i])
	}
	text := strings.Join(quoted, ", ")
	if n := len(slugs) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// intact reports whether the store has what is published of a page that was asked for by name and has not changed.
func (inv *Room) intact(ctx context.Context, t *Target) (bool, error) {
	if !t.Was.Published() {
		return true, nil
	}
	missing, err := inv.Store.Examine(ctx, []*model.Record{t.Was})
	if err != nil || !missing[0] {
		return true, err
	}
	t.Warn = append(t.Warn, ContentLost([]string{t.Was.Slug}))
	return false, nil
}
