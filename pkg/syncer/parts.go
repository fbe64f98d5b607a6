package syncer

// parts is the entry itself if block lists of its page are kept.
func (e Entry) parts() []Entry {
	if e.Parts > 0 {
		return []Entry{e}
	}
	return nil
}
