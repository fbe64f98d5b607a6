package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/sim/notionsim"
)

// outside is a server that is told something, and refuses the first calls.
type outside struct {
	t      *testing.T
	url    string
	refuse int

	mu    sync.Mutex
	calls []call
}

type call struct {
	bearer string
	body   string
	signed error // nil: QStash has signed it for this URL
}

func newOutside(t *testing.T, refuse int) *outside {
	t.Helper()
	o := &outside{t: t, refuse: refuse}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	o.url = s.URL + "/told"
	return o
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := qsverify.New(currentSecret, nextSecret, o.url, qsverify.Options{})
	if err != nil {
		o.t.Error(err)
		return
	}
	body, signed := v.Verify(r)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, call{r.Header.Get("Authorization"), string(body), signed})
	if o.refuse > 0 {
		o.refuse--
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// told returns what was told since the last call: each but what was refused, and all of it signed.
func (o *outside) told(refused int) []call {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	calls := o.calls
	o.calls = nil
	for i, c := range calls {
		if c.signed != nil {
			o.t.Errorf("call %d is not signed by QStash for %s: %v", i, o.url, c.signed)
		}
		if i < refused && c.body != calls[refused].body {
			o.t.Errorf("call %d was refused and came again as %s, want %s", i, calls[refused].body, c.body)
		}
	}
	if len(calls) < refused {
		o.t.Fatalf("%d calls, want more than %d", len(calls), refused)
	}
	return calls[refused:]
}

const revalidateSecret = "revalidate-secret-1d77"

// The site is told which pages and collections have changed, with the secret, through QStash.
func TestTold_site(t *testing.T) {
	t.Parallel()
	site := newOutside(t, 2)
	world := small()
	d := deploy(t, world, "REVALIDATE_URL", site.url, "REVALIDATE_SECRET", revalidateSecret)
	d.finished(d.trigger(""))
	d.settle()
	told := site.told(2)
	const all = `{"slugs":["docs/guide","docs/guide/north","docs/guide/łodz-gardens","hello","home"],` +
		`"collections":["pages","posts"],"removed":[]}`
	if len(told) != 1 || told[0].body != all || told[0].bearer != "Bearer "+revalidateSecret {
		t.Errorf("told is %+v, want once %s with the secret", told, all)
	}
	d.finished(d.trigger(""))
	d.settle()
	if told := site.told(0); len(told) != 0 {
		t.Errorf("a sync that changed nothing has told %+v", told)
	}
	ok(t, world.Trash(d.publishedAs("hello").Meta.NotionID))
	d.finished(d.trigger(""))
	d.settle()
	const gone = `{"slugs":[],"collections":["posts"],"removed":["hello"]}`
	if told := site.told(0); len(told) != 1 || told[0].body != gone {
		t.Errorf("told is %+v, want once %s", told, gone)
	}
}

// Without a secret nothing is sent along.
func TestTold_siteWithoutSecret(t *testing.T) {
	t.Parallel()
	site := newOutside(t, 0)
	d := deploy(t, tiny(), "REVALIDATE_URL", site.url)
	d.finished(d.trigger(""))
	d.settle()
	if told := site.told(0); len(told) != 1 || told[0].bearer != "" {
		t.Errorf("told is %+v, want once and without Authorization", told)
	}
}

// Whoever asked is told how each job ended, with the job as the status route shows it, signed and again if they fail.
func TestTold_jobEnds(t *testing.T) {
	t.Parallel()
	every, failures := newOutside(t, 2), newOutside(t, 0)
	d := deploy(t, small(), "SYNC_WEBHOOK", every.url, "SYNC_FAILURE_WEBHOOK", failures.url)
	id := d.trigger("")
	d.finished(id)
	d.settle()
	same := func(c call, id string) {
		t.Helper()
		var said, shown map[string]any
		if err := json.Unmarshal([]byte(c.body), &said); err != nil {
			t.Fatalf("told %s: %v", c.body, err)
		}
		shown, _ = d.get(statusPath + "?job=" + id).fields(t)["job"].(map[string]any)
		if !reflect.DeepEqual(said, shown) {
			t.Errorf("told %v\nwhile the status shows %v", said, shown)
		}
	}
	if told := every.told(2); len(told) != 1 {
		t.Errorf("told of job %s are %+v, want one", id, told)
	} else {
		same(told[0], id)
	}
	if told := failures.told(0); len(told) != 0 {
		t.Errorf("told of a job without failures are %+v", told)
	}

	remove := d.notion.Fail(notionsim.Rule{
		Kind: notionsim.KindChildren, ID: d.publishedAs("home").Meta.NotionID, Fault: notionsim.Status(400),
	})
	id = d.trigger("?force=1")
	d.finished(id)
	d.settle()
	remove()
	for _, o := range []*outside{every, failures} {
		if told := o.told(0); len(told) != 1 || !strings.Contains(told[0].body, `"pagesFailed":1`) {
			t.Errorf("told of a job with a failed page are %+v, want one", told)
		} else {
			same(told[0], id)
		}
	}

	d.redeploy("NOTION_API_KEY", "ntn_wrong")
	id = d.trigger("")
	d.settle()
	for _, o := range []*outside{every, failures} {
		if told := o.told(0); len(told) != 1 || !strings.Contains(told[0].body, `"state":"failed"`) {
			t.Errorf("told of a job that failed are %+v, want one", told)
		} else {
			same(told[0], id)
		}
	}
}
