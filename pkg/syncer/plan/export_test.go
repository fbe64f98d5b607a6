package plan

import "notionsync/pkg/syncer/model"

// Overlay is the store of a dry run.
type Overlay interface {
	model.Store
	model.Lease
}

// NewOverlay returns an overlay over a store.
func NewOverlay(real model.Store) Overlay { return newOverlay(real) }
