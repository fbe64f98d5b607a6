package work

import (
	"context"

	"notionsync/pkg/syncer/model"
)

// EachRecord walks all records. One that changes meanwhile may come twice.
func (inv *Invocation) EachRecord(ctx context.Context, do func([]*model.Record) error) error {
	for cursor := ""; ; {
		recs, next, err := inv.Store.ScanRecords(ctx, cursor)
		if err != nil {
			return err
		}
		if err := do(recs); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}
