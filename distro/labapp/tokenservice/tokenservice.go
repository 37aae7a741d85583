// Package tokenservice is the lab's audience-service: a small server which lets
// in who brings a ServiceAccount token for its audience. It decides nothing
// itself: it asks the API server by a TokenReview, with its own token, for which
// its ServiceAccount needs the ClusterRole system:auth-delegator.
//
// Its configuration are environment variables:
//
//	AUDIENCE                     required, such as api.example.com
//	LISTEN                       default :8080
//	TLS_CERT_FILE, TLS_KEY_FILE  serve HTTPS (both or none)
//	TOKEN_FILE, CA_FILE, API_SERVER  as for api-client
package tokenservice

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"distro.satrain.dev/labapp/kubeapi"
)

const (
	reviewPath    = "/apis/authentication.k8s.io/v1/tokenreviews"
	podNameExtra  = "authentication.kubernetes.io/pod-name"
	defaultListen = ":8080"
)

// Main serves until ctx ends and returns the exit code.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		_, _ = fmt.Fprintln(stderr, "usage: audience-service (configured by environment variables)")
		return 2
	}
	if err := run(ctx, getenv, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "audience-service:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, getenv func(string) string, log io.Writer) error {
	audience := getenv("AUDIENCE")
	if audience == "" {
		return errors.New("AUDIENCE is not set")
	}
	certFile, keyFile := getenv("TLS_CERT_FILE"), getenv("TLS_KEY_FILE")
	if (certFile == "") != (keyFile == "") {
		return errors.New("TLS_CERT_FILE and TLS_KEY_FILE belong together")
	}
	client, err := kubeapi.FromEnvironment(getenv)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmp.Or(getenv("LISTEN"), defaultListen))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: New(client, audience, log), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if certFile != "" {
		err = server.ServeTLS(listener, certFile, keyFile)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// New is the service as a handler: 200 with the caller's name, 401 with the
// reason, 502 if the API server could not be asked. /healthz needs no token.
// It writes one line per request to log, never the token.
func New(client kubeapi.Client, audience string, log io.Writer) http.Handler {
	return &service{client: client, audience: audience, log: log}
}

type service struct {
	client   kubeapi.Client
	audience string
	log      io.Writer
}

// caller is who was let in.
type caller struct {
	User      string   `json:"user"`
	Pod       string   `json:"pod,omitempty"`
	Audiences []string `json:"audiences"`
}

func (s *service) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/healthz" {
		_, _ = fmt.Fprintln(w, "ok")
		return
	}
	who, code, refusal := s.authenticate(request)
	_, _ = fmt.Fprintf(s.log, "%s %s %s from %s -> %d %s%s\n", time.Now().UTC().Format(time.RFC3339),
		request.Method, request.URL.Path, request.RemoteAddr, code, who.User, refusal)
	if code != http.StatusOK {
		if code == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", s.audience))
		}
		// In the form of a Kubernetes Status, which api-client knows how to read.
		writeJSON(w, code, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure",
			"code": code, "reason": strings.ReplaceAll(http.StatusText(code), " ", ""), "message": refusal})
		return
	}
	writeJSON(w, code, who)
}

func (s *service) authenticate(request *http.Request) (who caller, code int, refusal string) {
	scheme, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return caller{}, http.StatusUnauthorized, "no bearer token"
	}
	review, err := s.review(request.Context(), token)
	if err != nil {
		return caller{}, http.StatusBadGateway, "cannot review the token: " + err.Error()
	}
	if !review.Authenticated {
		return caller{}, http.StatusUnauthorized, cmp.Or(review.Error, "the token is not valid")
	}
	// An API server that does not know audiences ignores the wanted ones.
	if !slices.Contains(review.Audiences, s.audience) {
		return caller{}, http.StatusUnauthorized, fmt.Sprintf("the token is not for audience %q", s.audience)
	}
	who = caller{User: review.User.Username, Audiences: review.Audiences}
	if pods := review.User.Extra[podNameExtra]; len(pods) > 0 {
		who.Pod = pods[0]
	}
	return who, http.StatusOK, ""
}

// reviewStatus is the status of an authentication.k8s.io/v1 TokenReview.
type reviewStatus struct {
	Authenticated bool     `json:"authenticated"`
	Audiences     []string `json:"audiences"`
	Error         string   `json:"error"`
	User          struct {
		Username string              `json:"username"`
		Extra    map[string][]string `json:"extra"`
	} `json:"user"`
}

func (s *service) review(ctx context.Context, token string) (reviewStatus, error) {
	body, err := json.Marshal(map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
		"spec": map[string]any{"token": token, "audiences": []string{s.audience}},
	})
	if err != nil {
		return reviewStatus{}, err
	}
	answer, err := s.client.Do(ctx, http.MethodPost, reviewPath, body)
	if err != nil {
		return reviewStatus{}, err
	}
	if !answer.OK() {
		return reviewStatus{}, fmt.Errorf("%d %s", answer.Code, cmp.Or(answer.Message, answer.Reason))
	}
	var review struct{ Status reviewStatus }
	if err := json.Unmarshal(answer.Body, &review); err != nil {
		return reviewStatus{}, err
	}
	return review.Status, nil
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(value) // the client is gone: nobody to tell
}
