// Package work is the loop of one invocation. It takes tasks from a job's to-do list, class by class, has the rooms that
// are built on it do them, and sorts out how that went: done, to be tried again in a later slice, given up, or Notion's
// trouble, which counts against nobody. It knows no kind of work: what each needs stands in a table of [Handler]. Each
// room says in its method Kinds which work it does; publish.New puts them together.
//
// All that a task changes is one [model.Change], which [Invocation.Commit] writes as a whole, under the lease, if the task
// still stands on the list as it was read. So whatever is cut off in the middle has not happened.
package work
