package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"distro.satrain.dev/labapp/authority/authoritytest"
	"distro.satrain.dev/labapp/mtlsservice"
)

const (
	secret    = "a-very-secret-token"
	someone   = "system:serviceaccount:web:app"
	forbidden = `configmaps "settings" is forbidden: User "` + someone + `" cannot get resource "configmaps"`
)

// fakeAPI answers 200 to the good token, 401 to others and 403 to none, and
// 403 to everyone below /forbidden.
func fakeAPI(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch token := r.Header.Get("Authorization"); {
		case token == "":
			answer(w, 403, "Forbidden", `User "system:anonymous" cannot get path`)
		case token != "Bearer "+secret:
			answer(w, 401, "Unauthorized", "Unauthorized")
		case strings.HasPrefix(r.URL.Path, "/forbidden"):
			answer(w, 403, "Forbidden", forbidden)
		default:
			_, _ = io.WriteString(w, `{"kind":"ConfigMap"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func answer(w http.ResponseWriter, code int, reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "reason": reason, "message": message, "code": code})
}

// environment is that of a Pod with the mounted volume in a directory of the test.
type environment map[string]string

func pod(t *testing.T, server *httptest.Server, token string) environment {
	t.Helper()
	dir := t.TempDir()
	env := environment{
		"API_SERVER": server.URL, "POD_NAMESPACE": "web",
		"TOKEN_FILE": filepath.Join(dir, "token"), "CA_FILE": filepath.Join(dir, "ca.crt"),
	}
	if server.Certificate() != nil {
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		write(t, env["CA_FILE"], string(ca))
	}
	if token != "" {
		write(t, env["TOKEN_FILE"], token+"\n")
	}
	return env
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (e environment) get(name string) string { return e[name] }

// command runs one short command and returns its exit code and all its output.
func (e environment) command(args ...string) (int, string) {
	var out bytes.Buffer
	code := Main(context.Background(), args, e.get, &out, &out)
	return code, out.String()
}

func TestOncePrintsCodeAndReason(t *testing.T) {
	server := fakeAPI(t)
	tests := []struct {
		name, token, path, want string
		code                    int
	}{
		{"allowed", secret, "/api/v1/namespaces/web/configmaps/settings", "200 OK", 0},
		{"forbidden", secret, "/forbidden", "403 Forbidden", 1},
		{"a token that is not valid", "stale", "/api", "401 Unauthorized", 1},
		{"no token file", "", "/api", "403 Forbidden", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out := pod(t, server, test.token).command("once", test.path)
			if code != test.code || strings.TrimSpace(out) != test.want {
				t.Errorf("exit %d with %q, want %d with %q", code, out, test.code, test.want)
			}
		})
	}
}

func TestOnceSaysWhyThereIsNoAnswer(t *testing.T) {
	server := fakeAPI(t)
	env := pod(t, server, secret)
	server.Close()
	code, out := env.command("once", "/api")
	if code != 1 || !strings.Contains(out, "no answer") || !strings.Contains(out, "connection refused") {
		t.Errorf("exit %d with %q", code, out)
	}
}

func TestTheTokenIsNotSentToAnUnverifiedServer(t *testing.T) {
	server := fakeAPI(t)
	env := pod(t, server, secret)
	if err := os.Remove(env["CA_FILE"]); err != nil {
		t.Fatal(err)
	}
	code, out := env.command("once", "/api")
	if code != 1 || !strings.Contains(out, "certificate authority") {
		t.Errorf("without an authority: exit %d with %q", code, out)
	}
	write(t, env["CA_FILE"], "not a certificate")
	code, out = env.command("once", "/api")
	if code != 1 || !strings.Contains(out, "no certificate in") {
		t.Errorf("with a bad authority: exit %d with %q", code, out)
	}
}

func TestAnonymousNeedsNoAuthority(t *testing.T) {
	env := pod(t, fakeAPI(t), "")
	if err := os.Remove(env["CA_FILE"]); err != nil {
		t.Fatal(err)
	}
	if code, out := env.command("once", "/api"); code != 1 || !strings.HasPrefix(out, "403") {
		t.Errorf("exit %d with %q", code, out)
	}
}

// running is an api-client in the background.
type running struct {
	env  environment
	log  *syncBuffer
	stop func()
	done chan int
}

func start(t *testing.T, env environment) *running {
	t.Helper()
	env["LISTEN"], env["INTERVAL"] = freePort(t), "5ms"
	ctx, stop := context.WithCancel(context.Background())
	r := &running{env: env, log: &syncBuffer{}, stop: stop, done: make(chan int, 1)}
	go func() { r.done <- Main(ctx, nil, env.get, r.log, r.log) }()
	t.Cleanup(stop)
	return r
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func (r *running) waitForLog(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(r.log.String(), want) {
			return
		}
	}
	t.Fatalf("%q is not in the log:\n%s", want, r.log)
}

func TestTheLogTellsEachChangeOnce(t *testing.T) {
	env := pod(t, fakeAPI(t), "")
	env["API_PATHS"] = "/api/v1/namespaces/{namespace}/configmaps/settings"
	r := start(t, env)
	const call = "GET /api/v1/namespaces/web/configmaps/settings -> "
	r.waitForLog(t, "no token file at "+env["TOKEN_FILE"]+": asking as anonymous: "+call+"403 Forbidden: User \"system:anonymous\"")
	write(t, env["TOKEN_FILE"], "stale")
	r.waitForLog(t, call+"401 Unauthorized")
	write(t, env["TOKEN_FILE"], secret) // as the kubelet does when it rotates it
	r.waitForLog(t, call+"200 OK")
	time.Sleep(50 * time.Millisecond) // some more attempts, all alike
	if lines := strings.Count(r.log.String(), call); lines > 4 {
		t.Errorf("%d lines for three outcomes:\n%s", lines, r.log)
	}
}

func TestTheTokenIsNeverLogged(t *testing.T) {
	for _, token := range []string{secret, "stale-" + secret, secret + "\nand a second line"} {
		env := pod(t, fakeAPI(t), token)
		env["API_PATHS"] = "/api /forbidden"
		r := start(t, env)
		r.waitForLog(t, "GET /forbidden -> ")
		_, out := env.command("status")
		if strings.Contains(r.log.String()+out, secret) {
			t.Errorf("the token is in the output:\n%s\n%s", r.log, out)
		}
	}
}

func TestStatusFollowsTheLastAnswer(t *testing.T) {
	env := pod(t, fakeAPI(t), "stale")
	r := start(t, env)
	r.waitForLog(t, "401")
	code, out := env.command("status")
	var report Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if code != 1 || report.Healthy || report.Results[0].Code != 401 {
		t.Errorf("exit %d with %+v", code, report)
	}
	if got := get(t, env, "/healthz"); got != http.StatusServiceUnavailable {
		t.Errorf("/healthz: %d", got)
	}
	write(t, env["TOKEN_FILE"], secret)
	r.waitForLog(t, "200 OK")
	time.Sleep(20 * time.Millisecond) // the report is set after the log is written
	if code, out := env.command("status"); code != 0 {
		t.Errorf("exit %d with %s", code, out)
	}
	if got := get(t, env, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz: %d", got)
	}
}

func TestOneRefusedPathIsUnhealthy(t *testing.T) {
	env := pod(t, fakeAPI(t), secret)
	env["API_PATHS"] = "/api,/forbidden"
	r := start(t, env)
	r.waitForLog(t, forbidden)
	r.waitForLog(t, "GET /api -> 200 OK")
	time.Sleep(20 * time.Millisecond)
	if code, out := env.command("status"); code != 1 {
		t.Errorf("exit %d with %s", code, out)
	}
}

func TestStatusWithoutARunningClientFails(t *testing.T) {
	env := pod(t, fakeAPI(t), secret)
	env["LISTEN"] = freePort(t)
	if code, out := env.command("status"); code != 1 || !strings.Contains(out, "not running") {
		t.Errorf("exit %d with %q", code, out)
	}
}

func TestItEndsAtOnceEvenDuringARequest(t *testing.T) {
	asked, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	r := start(t, pod(t, server, secret))
	<-asked
	r.stop()
	select {
	case code := <-r.done:
		if code != 0 {
			t.Errorf("exit %d", code)
		}
	case <-time.After(2 * time.Second):
		t.Error("still running after 2 s")
	}
}

func TestAServiceIsAskedWithTheTokenOfItsAudience(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/orders" || r.Header.Get("Authorization") != "Bearer "+secret {
			answer(w, 401, "Unauthorized", "the token is not for audience")
		}
	}))
	defer service.Close()
	env := pod(t, service, secret)
	env["SERVICE_URL"] = service.URL + "/orders"
	r := start(t, env)
	r.waitForLog(t, "GET /orders -> 200 OK")
}

func TestAServiceIsAskedWithTheCertificateAndNoToken(t *testing.T) {
	const app, ledger = "spiffe://cluster.local/ns/web/sa/app", "spiffe://cluster.local/ns/web/sa/ledger"
	by := authoritytest.New(t)
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			answer(w, 400, "BadRequest", "a token")
		}
	}))
	authority := authoritytest.File(t, by.PEM())
	service.TLS = mtlsservice.Config(authoritytest.File(t, authoritytest.Bundle(t, by, ledger)), authority)
	service.StartTLS()
	defer service.Close()
	env := pod(t, service, secret)
	env["SERVICE_URL"], env["CA_FILE"], env["SERVICE_ID"] = service.URL+"/accounts", authority, ledger
	env["CLIENT_CERT_FILE"] = filepath.Join(t.TempDir(), "bundle.pem")
	r := start(t, env)
	r.waitForLog(t, "GET /accounts -> no answer: client certificate: open "+env["CLIENT_CERT_FILE"])
	write(t, env["CLIENT_CERT_FILE"], authoritytest.Bundle(t, by, app)) // as the kubelet does
	r.waitForLog(t, "as "+app+": GET /accounts -> 200 OK")
}

func TestABadConfigurationIsNamed(t *testing.T) {
	for name, value := range map[string]string{
		"INTERVAL": "soon", "SERVICE_URL": "no-url", "API_PATHS": "api/v1", "CLIENT_CERT_FILE": "without SERVICE_URL",
	} {
		env := environment{"API_SERVER": "https://127.0.0.1:1", name: value}
		if code, out := env.command(); code != 1 || !strings.Contains(out, name) {
			t.Errorf("%s=%s: exit %d with %q", name, value, code, out)
		}
	}
	if code, out := (environment{}).command("once", "/api"); code != 1 || !strings.Contains(out, "KUBERNETES_SERVICE_HOST") {
		t.Errorf("outside of a Pod: exit %d with %q", code, out)
	}
	if code, _ := (environment{"API_SERVER": "https://127.0.0.1:1"}).command("nonsense"); code != 2 {
		t.Errorf("a command that does not exist: exit %d", code)
	}
}

func get(t *testing.T, env environment, path string) int {
	t.Helper()
	response, err := http.Get("http://" + env["LISTEN"] + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// syncBuffer is written by the client and read by the test.
type syncBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}
