package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

// shape says of what JSON type each member of an object is: string, number, bool, null, array, object, or time.
type shape map[string]string

var (
	progressShape = shape{
		"discovered": "number", "synced": "number", "skipped": "number", "failed": "number", "removed": "number",
		"pending": "number",
	}
	metricsShape = shape{
		"durationMs": "number", "functionMs": "number", "notionRequests": "number", "pagesProcessed": "number",
		"pagesSynced": "number", "pagesSkipped": "number", "pagesFailed": "number", "pagesRemoved": "number",
		"drafts": "number", "childPagesSynced": "number", "databaseChildrenSynced": "number", "mediaMirrored": "number",
		"mediaReused": "number", "mediaFailed": "number",
	}
	doneShape = shape{
		"id": "string", "state": "string", "phase": "string", "force": "bool", "pages": "array", "triggeredAt": "time",
		"startedAt": "time", "updatedAt": "time", "finishedAt": "time", "slices": "number", "progress": "object",
		"metrics": "object", "etaSeconds": "null", "error": "null",
	}
)

// with is a shape with some members of other types; an empty type takes a member away.
func (s shape) with(pairs ...string) shape {
	out := maps.Clone(s)
	for i := 0; i < len(pairs); i += 2 {
		if out[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(out, pairs[i])
		}
	}
	return out
}

// check compares an object with its shape. Members beyond it are none of the contract's business.
func (s shape) check(t *testing.T, what string, v any) {
	t.Helper()
	fields, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s is %v, want an object", what, v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		value, has := fields[name]
		if got := typeOf(value); !has || got != s[name] && !(s[name] == "string" && got == "time") {
			t.Errorf("%s.%s is %v (%s, present %t), want %s", what, name, value, got, has, s[name])
		}
	}
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "time"
		}
		return "string"
	case float64:
		return "number"
	case bool:
		return "bool"
	case []any:
		return "array"
	}
	return "object"
}

// checkJob checks the job of a status answer and, but for errors and warnings, the same job in its list.
func checkJob(t *testing.T, a answer, want shape) map[string]any {
	t.Helper()
	fields := a.fields(t)
	job, _ := fields["job"].(map[string]any)
	jobs, _ := fields["jobs"].([]any)
	if a.status != http.StatusOK || job == nil || len(jobs) == 0 {
		t.Fatalf("status answers %s, want 200 with a job and jobs", a)
	}
	want.with("errors", "array", "warnings", "array").check(t, "job", job)
	for i, listed := range jobs {
		listed, _ := listed.(map[string]any)
		for _, name := range []string{"errors", "warnings"} {
			if _, has := listed[name]; has {
				t.Errorf("jobs[%d] has %s, want none", i, name)
			}
		}
		if listed["id"] == job["id"] {
			want.check(t, fmt.Sprintf("jobs[%d]", i), listed)
		}
	}
	progressShape.check(t, "job.progress", job["progress"])
	metricsShape.check(t, "job.metrics", job["metrics"])
	return job
}
