package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Report is the outcome of asking every path once.
type Report struct {
	Healthy bool      `json:"healthy"` // every answer was 2xx
	Time    time.Time `json:"time"`
	Results []Result  `json:"results"`
}

// Result is the outcome of one request. Code is 0 and Message says why if no
// answer came.
type Result struct {
	Request   string `json:"request"`
	Code      int    `json:"code"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	Anonymous bool   `json:"anonymous,omitempty"`
	TokenFile string `json:"tokenFile,omitempty"`
	Identity  string `json:"identity,omitempty"` // the SPIFFE ID that it was asked with
}

func ask(ctx context.Context, conf config) Report {
	report := Report{Healthy: true}
	for _, path := range conf.paths {
		result := askOne(ctx, conf, path)
		report.Healthy = report.Healthy && result.ok()
		report.Results = append(report.Results, result)
	}
	report.Time = time.Now().UTC().Truncate(time.Second)
	return report
}

func askOne(ctx context.Context, conf config, path string) Result {
	result := Result{Request: http.MethodGet + " " + path, TokenFile: conf.client.TokenFile}
	answer, err := conf.client.Do(ctx, http.MethodGet, path, nil)
	result.Anonymous, result.Identity = answer.Anonymous, answer.Identity
	if err != nil {
		result.Message = err.Error()
		return result
	}
	result.Code, result.Reason, result.Message = answer.Code, answer.Reason, answer.Message
	return result
}

func (r Result) ok() bool { return r.Code >= 200 && r.Code < 300 }

func (r Result) outcome() string {
	if r.Code == 0 {
		return "no answer: " + r.Message
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Code, r.Reason))
}

func (r Result) String() string {
	line := r.Request + " -> " + r.outcome()
	if r.Code != 0 && r.Message != "" {
		line += ": " + r.Message
	}
	if r.Identity != "" {
		line = "as " + r.Identity + ": " + line
	}
	if r.Anonymous {
		line = fmt.Sprintf("no token file at %s: asking as anonymous: %s", r.TokenFile, line)
	}
	return line
}

// log writes a line per result, by default only where it differs from the one
// before of the same request.
type log struct {
	to   io.Writer
	all  bool
	last map[string]string // by request
}

func newLog(to io.Writer, all bool) *log {
	return &log{to: to, all: all, last: map[string]string{}}
}

func (l *log) write(r Result) {
	line := r.String()
	if !l.all && l.last[r.Request] == line {
		return
	}
	l.last[r.Request] = line
	_, _ = fmt.Fprintln(l.to, time.Now().UTC().Format(time.RFC3339), line)
}

// lastReport serves the last report: at /status as JSON, at /healthz as 200 or
// 503. Before the first one it answers 503 at both.
type lastReport struct {
	mutex  sync.Mutex
	report *Report
}

func (l *lastReport) set(r Report) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.report = &r
}

func (l *lastReport) get() *Report {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.report
}

func (l *lastReport) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	report := l.get()
	switch request.URL.Path {
	case "/status":
		if report == nil {
			http.Error(w, "no result yet", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(report)
	case "/healthz":
		switch {
		case report == nil:
			http.Error(w, "no result yet", http.StatusServiceUnavailable)
		case !report.Healthy:
			http.Error(w, "the last answer was not 2xx: see /status", http.StatusServiceUnavailable)
		default:
			_, _ = fmt.Fprintln(w, "ok")
		}
	default:
		http.NotFound(w, request)
	}
}
