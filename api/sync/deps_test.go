package handler_test

import (
	"os/exec"
	"strings"
	"testing"
)

// What is for tests and for running everything on one machine stays out of the functions' binaries.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 50 {
		t.Fatalf("go list = %q, want all packages that the routes are made of", packages)
	}
	for _, name := range packages {
		for _, local := range []string{
			"notionsync/pkg/dev", "notionsync/pkg/sim/", "notionsync/pkg/qsverify/qssign", "testing", "net/http/httptest",
			"github.com/alicebob/miniredis/", "github.com/joho/godotenv", "github.com/mattn/go-isatty",
			"go.uber.org/goleak", "github.com/google/go-cmp/", "github.com/chromedp/", "github.com/yuin/goldmark",
		} {
			if name == local || strings.HasPrefix(name, local) {
				t.Errorf("the routes import %s", name)
			}
		}
	}
}
