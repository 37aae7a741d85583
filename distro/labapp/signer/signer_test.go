package signer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"distro.satrain.dev/labapp/authority"
	"distro.satrain.dev/labapp/authority/authoritytest"
	"distro.satrain.dev/labapp/credential"
)

const (
	name     = "ca.example.com/web"
	ownToken = "the-signer's-own-token"
)

var own = policy{signerName: name, trustDomain: "cluster.local", accounts: []string{"app", "ledger"}}

// csr is a request as the kubelet makes it: empty but for the key.
func csr(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func requestOf(t *testing.T, key any) request {
	t.Helper()
	var r request
	r.Metadata.Name, r.Metadata.Namespace = "req-1", "web"
	r.Spec.SignerName, r.Spec.PodName, r.Spec.ServiceAccountName = name, "app-1", "app"
	r.Spec.MaxExpirationSeconds = 3600
	r.Spec.StubPKCS10Request = csr(t, key)
	return r
}

func leaf(t *testing.T, chain string) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode([]byte(chain))
	if block == nil || len(rest) != 0 {
		t.Fatalf("not one PEM block: %q", chain)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// The rules of the API server are those of ValidatePodCertificateRequestStatusUpdate.
func TestAnIssuedCertificateIsAsTheAPIServerWantsIt(t *testing.T) {
	by, key := authoritytest.New(t), authoritytest.Key(t)
	for asked, want := range map[int64]time.Duration{3600: time.Hour, 7200: 2 * time.Hour, 86400: 24 * time.Hour, 7862400: 24 * time.Hour} {
		r := requestOf(t, key)
		r.Spec.MaxExpirationSeconds = asked
		now := time.Now()
		got := own.decide(r, by, now).status
		certificate := leaf(t, got.CertificateChain)
		if !key.PublicKey.Equal(certificate.PublicKey) {
			t.Error("another key")
		}
		if !got.NotBefore.Equal(certificate.NotBefore) || !got.NotAfter.Equal(certificate.NotAfter) || got.NotBefore.After(now) {
			t.Errorf("status %s to %s, leaf %s to %s", got.NotBefore, got.NotAfter, certificate.NotBefore, certificate.NotAfter)
		}
		if lifetime := certificate.NotAfter.Sub(certificate.NotBefore); lifetime != want {
			t.Errorf("asked for %d s: lifetime %s, want %s", asked, lifetime, want)
		}
		if got.BeginRefreshAt.Before(got.NotBefore.Add(10*time.Minute)) || got.BeginRefreshAt.After(got.NotAfter.Add(-10*time.Minute)) {
			t.Errorf("refresh at %s of %s to %s", got.BeginRefreshAt, got.NotBefore, got.NotAfter)
		}
		if len(got.Conditions) != 1 || got.Conditions[0].Type != "Issued" || got.Conditions[0].Status != "True" || got.Conditions[0].LastTransitionTime.IsZero() {
			t.Errorf("conditions %+v", got.Conditions)
		}
	}
}

func TestTheIdentityIsThePodsServiceAccount(t *testing.T) {
	by := authoritytest.New(t)
	certificate := leaf(t, own.decide(requestOf(t, authoritytest.Key(t)), by, time.Now()).status.CertificateChain)
	if got := credential.ID(certificate); got != "spiffe://cluster.local/ns/web/sa/app" {
		t.Errorf("identity %q", got)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(by.PEM()))
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth} {
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{usage}}); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name         string
		key          any
		change       func(*request)
		kind, reason string
	}{
		{"a ServiceAccount that is not on the list", nil, func(r *request) { r.Spec.ServiceAccountName = "default" }, "Denied", "ServiceAccountNotAllowed"},
		{"Ed25519", ed, func(*request) {}, "Denied", "UnsupportedKeyType"},
		{"another curve", p384, func(*request) {}, "Denied", "UnsupportedKeyType"},
		{"annotations that it does not know", nil, func(r *request) {
			r.Spec.UnverifiedUserAnnotations = map[string]string{"example.com/dns": "api.example.com"}
		}, "Denied", "InvalidUnverifiedUserAnnotations"},
		{"no certificate request", nil, func(r *request) { r.Spec.StubPKCS10Request = []byte("x") }, "Failed", "InvalidRequest"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.key == nil {
				test.key = authoritytest.Key(t)
			}
			r := requestOf(t, test.key)
			test.change(&r)
			got := own.decide(r, authoritytest.New(t), time.Now()).status
			if got.CertificateChain != "" || got.NotBefore != nil || got.NotAfter != nil || got.BeginRefreshAt != nil {
				t.Errorf("more than a condition: %+v", got)
			}
			if c := got.Conditions[0]; c.Type != test.kind || c.Reason != test.reason || c.Status != "True" || c.Message == "" {
				t.Errorf("%+v, want %s %s", c, test.kind, test.reason)
			}
		})
	}
}

// api is an API server with requests and a ConfigMap, of which it takes what a signer may send.
type api struct {
	t        *testing.T
	mutex    sync.Mutex
	requests []request
	answers  map[string]status
	ca       string // of the ConfigMap; empty: there is none
	failures int    // how many times the authority cannot be published
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	const requests, maps = "/apis/certificates.k8s.io/v1/namespaces/web/podcertificaterequests", "/api/v1/namespaces/web/configmaps"
	if r.Header.Get("Authorization") != "Bearer "+ownToken {
		a.t.Errorf("%s %s without the signer's token", r.Method, r.URL)
	}
	body, _ := io.ReadAll(r.Body)
	switch call := r.Method + " " + r.URL.Path; call {
	case "GET " + requests:
		if a.ca == "" {
			a.t.Error("it answers before its authority is published")
		}
		if got := r.URL.Query().Get("fieldSelector"); got != "spec.signerName="+name {
			a.t.Errorf("fieldSelector %q", got)
		}
		list := []map[string]any{}
		for _, r := range a.requests {
			list = append(list, map[string]any{
				"metadata": map[string]any{"name": r.Metadata.Name, "namespace": r.Metadata.Namespace},
				"spec": map[string]any{
					"signerName": r.Spec.SignerName, "podName": r.Spec.PodName, "serviceAccountName": r.Spec.ServiceAccountName,
					"maxExpirationSeconds": r.Spec.MaxExpirationSeconds, "stubPKCS10Request": r.Spec.StubPKCS10Request,
				},
				"status": a.answers[r.Metadata.Name],
			})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": list})
	case "PATCH " + maps + "/ca", "POST " + maps:
		if a.failures > 0 {
			a.failures--
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind":"Status","reason":"Forbidden","message":"configmaps is forbidden"}`)
			return
		}
		if r.Method == "PATCH" && a.ca == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		var sent struct{ Data map[string]string }
		if err := json.Unmarshal(body, &sent); err != nil {
			a.t.Error(err)
		}
		a.ca = sent.Data["ca.crt"]
	default:
		request, isStatus := strings.CutSuffix(strings.TrimPrefix(call, "PATCH "+requests+"/"), "/status")
		if !isStatus || r.Header.Get("Content-Type") != "application/merge-patch+json" {
			a.t.Errorf("%s with %s", call, r.Header.Get("Content-Type"))
		}
		if _, answered := a.answers[request]; answered {
			a.t.Errorf("%s is answered twice", request)
		}
		var sent struct{ Status status }
		if err := json.Unmarshal(body, &sent); err != nil {
			a.t.Error(err)
		}
		a.answers[request] = sent.Status
	}
}

// sign runs a signer against the API until it is done.
func sign(t *testing.T, a *api, env map[string]string, done func() bool) string {
	t.Helper()
	a.t, a.answers = t, map[string]status{}
	server := httptest.NewServer(a)
	defer server.Close()
	settings := map[string]string{
		"API_SERVER": server.URL, "TOKEN_FILE": authoritytest.File(t, ownToken), "SIGNER_NAME": name,
		"NAMESPACE": "web", "CA_CONFIG_MAP": "ca", "INTERVAL": "2ms",
	}
	for key, value := range env {
		settings[key] = value
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	go func() {
		for ctx.Err() == nil && !isDone(a, done) {
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond) // some more rounds
		stop()
	}()
	var out bytes.Buffer
	if code := Main(ctx, nil, func(name string) string { return settings[name] }, &out, &out); code != 0 {
		t.Errorf("exit %d", code)
	}
	if !isDone(a, done) {
		t.Errorf("not done; log: %s", out.String())
	}
	return out.String()
}

func isDone(a *api, done func() bool) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return done()
}

func TestEachRequestOfItsNameIsAnsweredOnce(t *testing.T) {
	good, denied := requestOf(t, authoritytest.Key(t)), requestOf(t, authoritytest.Key(t))
	denied.Metadata.Name, denied.Spec.ServiceAccountName = "req-2", "stranger"
	foreign := requestOf(t, authoritytest.Key(t))
	foreign.Metadata.Name, foreign.Spec.SignerName = "req-3", "ca.example.com/another"
	a := &api{requests: []request{good, foreign, denied}}
	log := sign(t, a, map[string]string{"SERVICE_ACCOUNTS": "app, ledger"}, func() bool { return len(a.answers) == 2 })
	if a.answers["req-1"].Conditions[0].Type != "Issued" || a.answers["req-2"].Conditions[0].Type != "Denied" {
		t.Errorf("%+v", a.answers)
	}
	issuer := leaf(t, a.ca)
	if err := leaf(t, a.answers["req-1"].CertificateChain).CheckSignatureFrom(issuer); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log, "issued") || !strings.Contains(log, "ServiceAccountNotAllowed") || strings.Contains(log, ownToken) {
		t.Errorf("log: %s", log)
	}
}

func TestTheAuthorityIsPublishedFirstAndWhatHindersItIsLoggedOnce(t *testing.T) {
	a := &api{requests: []request{requestOf(t, authoritytest.Key(t))}, failures: 3}
	log := sign(t, a, nil, func() bool { return len(a.answers) == 1 })
	if strings.Count(log, "configmaps is forbidden") != 1 {
		t.Errorf("log: %s", log)
	}
}

func TestAKeptAuthorityReplacesWhatIsPublished(t *testing.T) {
	dir := t.TempDir()
	kept, err := authority.Keep(dir+"/"+keptFile, name, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a := &api{ca: "another"}
	sign(t, a, map[string]string{"CA_DIR": dir}, func() bool { return a.ca == kept.PEM() })
}

func TestTheConfigurationIsChecked(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"SIGNER_NAME":   {"SIGNER_NAME": "no-domain"},
		"INTERVAL":      {"SIGNER_NAME": name, "INTERVAL": "soon"},
		"KUBERNETES_SE": {"SIGNER_NAME": name},
	} {
		var out bytes.Buffer
		get := func(name string) string { return env[name] }
		if code := Main(context.Background(), nil, get, &out, &out); code != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d with %q", env, code, out.String())
		}
	}
}
