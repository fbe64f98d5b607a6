package store

// reads are questions for fields of hashes. One command for each hash answers all of a batch.
type reads = batcher[hashRead, [][]byte]

// hashRead asks for fields of a hash.
type hashRead struct {
	key    string
	fields []string
}
