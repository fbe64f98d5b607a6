package publish

import "sync"

// copiesAtOnce is how many files are copied at the same time by one invocation: each has a part of its file in memory.
const copiesAtOnce = 4

// fileState is what an invocation knows of the file store.
type fileState struct {
	copying  chan struct{} // one element for each file being copied
	verified sync.Map      // keys of copies of files that are known to be there

	mu      sync.Mutex
	refused error // why it takes nothing
}

func newFileState() *fileState { return &fileState{copying: make(chan struct{}, copiesAtOnce)} }
