package tokenservice

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"distro.satrain.dev/labapp/kubeapi"
)

const (
	audience = "api.example.com"
	ownToken = "the-service's-own-token"
	secret   = "a-very-secret-token"
)

// reviewer is an API server that answers every TokenReview with status, to
// whoever has the service's own token.
func reviewer(t *testing.T, status string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+ownToken {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind":"Status","reason":"Forbidden","message":"tokenreviews is forbidden"}`)
			return
		}
		var review struct {
			Spec struct {
				Token     string
				Audiences []string
			}
		}
		err := json.NewDecoder(r.Body).Decode(&review)
		if err != nil || r.URL.Path != reviewPath || review.Spec.Token != secret || review.Spec.Audiences[0] != audience {
			t.Errorf("asked %s with %+v, error %v", r.URL.Path, review, err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"kind":"TokenReview","status":`+status+`}`)
	}))
	t.Cleanup(server.Close)
	return server
}

// ask sends a request with the header to the service and returns code, body and log.
func ask(t *testing.T, server *httptest.Server, own, authorization string) (int, string, string) {
	t.Helper()
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	service := New(kubeapi.Client{Server: server.URL, TokenFile: tokenFile}, audience, &log)
	request := httptest.NewRequest(http.MethodGet, "/orders", nil)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	service.ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String(), log.String()
}

func TestWhoIsLetIn(t *testing.T) {
	const valid = `{"authenticated":true,"audiences":["api.example.com"],"user":{"username":"system:serviceaccount:web:app",
		"extra":{"authentication.kubernetes.io/pod-name":["app-1"]}}}`
	tests := []struct {
		name, review, own, authorization string
		code                             int
		want                             string
	}{
		{"a token for the audience", valid, ownToken, "Bearer " + secret, 200, `"pod":"app-1"`},
		{"no token", valid, ownToken, "", 401, "no bearer token"},
		{"another scheme", valid, ownToken, "Basic " + secret, 401, "no bearer token"},
		{"a token for another audience", `{"authenticated":false,"error":"token audiences are invalid"}`, ownToken,
			"Bearer " + secret, 401, "token audiences are invalid"},
		{"a server that ignores audiences", `{"authenticated":true,"user":{"username":"x"}}`, ownToken,
			"Bearer " + secret, 401, "is not for audience"},
		{"a service that may not review", valid, "other", "Bearer " + secret, 502, "tokenreviews is forbidden"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, body, log := ask(t, reviewer(t, test.review), test.own, test.authorization)
			if code != test.code || !strings.Contains(body, test.want) {
				t.Errorf("%d %s, want %d with %q", code, body, test.code, test.want)
			}
			if strings.Contains(body+log, secret) {
				t.Errorf("the token is in the output: %s %s", body, log)
			}
			if !strings.Contains(log, "GET /orders") {
				t.Errorf("log: %q", log)
			}
		})
	}
}

func TestTheConfigurationIsChecked(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"AUDIENCE":      {},
		"TLS_KEY_FILE":  {"AUDIENCE": audience, "TLS_CERT_FILE": "x"},
		"KUBERNETES_SE": {"AUDIENCE": audience},
	} {
		var out bytes.Buffer
		get := func(name string) string { return env[name] }
		if code := Main(context.Background(), nil, get, &out, &out); code != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d with %q", env, code, out.String())
		}
	}
}

func TestItServesUntilItIsToldToEnd(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	env := map[string]string{"AUDIENCE": audience, "LISTEN": "127.0.0.1:0", "API_SERVER": "http://127.0.0.1:1"}
	var out bytes.Buffer
	if code := Main(ctx, nil, func(name string) string { return env[name] }, &out, &out); code != 0 {
		t.Errorf("exit %d with %q", code, out.String())
	}
}
