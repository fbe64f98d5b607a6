package qstashsim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"notionsync/pkg/sim/qstashsim"
)

// A handler that fails once, with every delivery made twice: what a test of an idempotent worker begins with.
func ExampleServer() {
	requests := make(chan string, 3)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		retried := r.Header.Get("Upstash-Retried")
		requests <- retried
		if retried == "0" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer site.Close()
	sim := qstashsim.New(qstashsim.Options{DelayScale: 0.001})
	defer sim.Close()
	sim.Misbehave(qstashsim.Faults{Twice: true})

	publish := httptest.NewRequest("POST", "/v2/publish/"+site.URL+"/worker", strings.NewReader("{}"))
	publish.Header.Set("Authorization", "Bearer "+qstashsim.DefaultToken)
	answer := httptest.NewRecorder()
	sim.ServeHTTP(answer, publish)
	fmt.Println("publish:", answer.Code)

	if err := sim.Wait(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		fmt.Println("delivered, retried:", <-requests)
	}
	fmt.Println(sim.Messages()[0].State)
	// Output:
	// publish: 201
	// delivered, retried: 0
	// delivered, retried: 1
	// delivered, retried: 1
	// DELIVERED
}
