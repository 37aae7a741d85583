// Package apiclient is the lab's application: it asks the Kubernetes API (or a
// service that takes tokens of a certain audience, or client certificates) again
// and again, logs what comes back, and tells graders how it fares.
//
//	api-client            runs for ever
//	api-client status     prints the last result; exits 0 if all answers were 2xx, else 1
//	api-client once PATH  asks once and prints code and reason; exits 0 on 2xx, else 1
//
// Its configuration are environment variables: see config.
package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const usage = "usage: api-client | api-client status | api-client once PATH"

// Main runs the command which args (without the program's name) stand for and
// returns its exit code.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	conf, err := configure(getenv)
	if err == nil {
		switch {
		case len(args) == 0:
			err = run(ctx, conf, stdout)
		case len(args) == 1 && args[0] == "status":
			return status(ctx, conf, stdout, stderr)
		case len(args) == 2 && args[0] == "once":
			return once(ctx, conf, args[1], stdout)
		default:
			_, _ = fmt.Fprintln(stderr, usage)
			return 2
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "api-client:", err)
		return 1
	}
	return 0
}

// run serves the last result and asks all paths at each interval until ctx ends.
func run(ctx context.Context, conf config, logTo io.Writer) error {
	listener, err := net.Listen("tcp", conf.listen)
	if err != nil {
		return err
	}
	last := &lastReport{}
	server := &http.Server{Handler: last, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	log := newLog(logTo, conf.logAll)
	for {
		report := ask(ctx, conf)
		if ctx.Err() != nil {
			return nil
		}
		for _, result := range report.Results {
			log.write(result)
		}
		last.set(report)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(conf.interval):
		}
	}
}

// status asks the running api-client of this container for its last result.
func status(ctx context.Context, conf config, stdout, stderr io.Writer) int {
	report, err := fetchReport(ctx, conf.listen)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "api-client status:", err)
		return 1
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(report)
	return exitCode(report.Healthy)
}

func fetchReport(ctx context.Context, listen string) (Report, error) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort("127.0.0.1", port) + "/status"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Report{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Report{}, fmt.Errorf("api-client is not running in this container: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return Report{}, errors.New("no result yet")
	}
	var report Report
	if err := json.NewDecoder(response.Body).Decode(&report); err != nil {
		return Report{}, err
	}
	return report, nil
}

func once(ctx context.Context, conf config, path string, stdout io.Writer) int {
	result := askOne(ctx, conf, conf.expand(path))
	_, _ = fmt.Fprintln(stdout, result.outcome())
	return exitCode(result.ok())
}

func exitCode(ok bool) int {
	if ok {
		return 0
	}
	return 1
}
