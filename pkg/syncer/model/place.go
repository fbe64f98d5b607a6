package model

// Place is where a page stands.
type Place struct {
	Kind       string `json:"kind,omitempty"` // of page
	Collection string `json:"collection,omitempty"`
	Parent     string `json:"parent,omitempty"` // the page it stands under; empty for a collection page
	Source     string `json:"source,omitempty"` // the data source it is a row of; empty for a child page
	List       string `json:"list,omitempty"`   // the index it stands in; empty for a child page
}
