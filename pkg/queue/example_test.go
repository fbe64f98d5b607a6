package queue_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

// A slice hands the rest of its job on. The deduplication id makes it safe to say so twice.
func ExampleQueue_Publish() {
	worker := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer worker.Close()
	sim := qstashsim.New(qstashsim.Options{DelayScale: 0.001})
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()

	q, err := queue.New(queue.Options{
		Token:       qstashsim.DefaultToken,
		BaseURL:     server.URL,
		WorkerURL:   worker.URL + "/api/sync/worker",
		CallbackURL: worker.URL + "/api/sync/callback",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	rest := model.Message{Body: []byte(`{"job":"msg_1","slice":2}`), Delay: 40 * time.Second, DedupID: "msg_1-2"}
	first, err := q.Publish(context.Background(), rest)
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := q.Publish(context.Background(), rest)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sim.Wait(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range sim.Messages() {
		fmt.Printf("%s %s after %d attempt\n", m.State, m.Body, len(m.Attempts))
	}
	fmt.Println("one message:", first == second)
	// Output:
	// DELIVERED {"job":"msg_1","slice":2} after 1 attempt
	// one message: true
}
