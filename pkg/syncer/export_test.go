package syncer

// Overlay is the store of a dry run.
type Overlay interface {
	Store
	Lease
}

// NewOverlay returns an overlay over a store.
func NewOverlay(real Store) Overlay { return newOverlay(real) }
