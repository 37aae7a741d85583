package mtlsservice

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"distro.satrain.dev/labapp/authority"
	"distro.satrain.dev/labapp/authority/authoritytest"
	"distro.satrain.dev/labapp/kubeapi"
)

const (
	app     = "spiffe://cluster.local/ns/web/sa/app"
	another = "spiffe://cluster.local/ns/web/sa/another"
	ledger  = "spiffe://cluster.local/ns/web/sa/ledger"
)

// serve is the service with a certificate of by, letting in app alone.
func serve(t *testing.T, by *authority.Authority, log io.Writer) (url, authorityFile string) {
	t.Helper()
	certFile := authoritytest.File(t, authoritytest.Bundle(t, by, ledger))
	authorityFile = authoritytest.File(t, by.PEM())
	server := httptest.NewUnstartedServer(&service{allowed: []string{app}, log: log})
	server.TLS = Config(certFile, authorityFile)
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, authorityFile
}

// ask asks as a Pod with these files does.
func ask(t *testing.T, server, bundle, authorityFile, serverID string) (kubeapi.Answer, error) {
	t.Helper()
	client := kubeapi.Client{
		Server: server, CAFile: authorityFile, ServerID: serverID,
		CertFile: authoritytest.File(t, bundle),
	}
	return client.Do(context.Background(), "GET", "/accounts", nil)
}

func TestACallerIsToldWhoTheyAre(t *testing.T) {
	by := authoritytest.New(t)
	var log bytes.Buffer
	server, authorityFile := serve(t, by, &log)
	answer, err := ask(t, server, authoritytest.Bundle(t, by, app), authorityFile, ledger)
	if err != nil || answer.Code != 200 || !strings.Contains(string(answer.Body), `"id":"`+app+`"`) {
		t.Errorf("%d %s, error %v", answer.Code, answer.Body, err)
	}
	if answer.Identity != app || answer.Anonymous {
		t.Errorf("asked as %q, anonymous %t", answer.Identity, answer.Anonymous)
	}
	if !strings.Contains(log.String(), "GET /accounts from 127.0.0.1") || !strings.Contains(log.String(), app) {
		t.Errorf("log: %q", log.String())
	}
}

func TestAnotherIdentityIsForbidden(t *testing.T) {
	by := authoritytest.New(t)
	server, authorityFile := serve(t, by, io.Discard)
	answer, err := ask(t, server, authoritytest.Bundle(t, by, another), authorityFile, ledger)
	if err != nil || answer.Code != 403 || answer.Message != another+" is not let in" {
		t.Errorf("%d %s, error %v", answer.Code, answer.Message, err)
	}
}

func TestWhoIsNotConnectedAtAll(t *testing.T) {
	by, foreign := authoritytest.New(t), authoritytest.New(t)
	server, authorityFile := serve(t, by, io.Discard)
	tests := []struct{ name, bundle, serverID, want string }{
		{"a certificate of another authority", authoritytest.Bundle(t, foreign, app), ledger, "remote error: tls"},
		{"a service of another identity", authoritytest.Bundle(t, by, app), another, "the server is"},
		{"a bundle without a key", by.PEM(), ledger, "client certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ask(t, server, test.bundle, authorityFile, test.serverID)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	t.Run("no certificate", func(t *testing.T) {
		client := kubeapi.Client{Server: server} // without an authority nothing is verified
		if _, err := client.Do(context.Background(), "GET", "/", nil); err == nil || !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("error %v", err)
		}
	})
}

func TestFilesAreReadAnewForEachConnection(t *testing.T) {
	old, renewed := authoritytest.New(t), authoritytest.New(t)
	server, authorityFile := serve(t, old, io.Discard)
	bundle := authoritytest.Bundle(t, renewed, app)
	trusted := authoritytest.File(t, old.PEM()+renewed.PEM())
	if _, err := ask(t, server, bundle, trusted, ledger); err == nil {
		t.Fatal("let in by an authority that the service does not know")
	}
	if err := os.WriteFile(authorityFile, []byte(renewed.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	if answer, err := ask(t, server, bundle, trusted, ledger); err != nil || answer.Code != 200 {
		t.Errorf("%d, error %v", answer.Code, err)
	}
}

func TestTheConfigurationIsChecked(t *testing.T) {
	by := authoritytest.New(t)
	bundle := authoritytest.File(t, authoritytest.Bundle(t, by, ledger))
	for want, env := range map[string]map[string]string{
		"CERT_FILE and CLIENT_CA_FILE": {"CERT_FILE": bundle},
		"no such file":                 {"CERT_FILE": bundle, "CLIENT_CA_FILE": "/no/such/file"},
		"no certificate":               {"CERT_FILE": bundle, "CLIENT_CA_FILE": authoritytest.File(t, "x")},
	} {
		var out bytes.Buffer
		get := func(name string) string { return env[name] }
		if code := Main(context.Background(), nil, get, &out, &out); code != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d with %q, want %q", env, code, out.String(), want)
		}
	}
}

func TestItServesUntilItIsToldToEnd(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	by := authoritytest.New(t)
	env := map[string]string{
		"LISTEN": "127.0.0.1:0", "CERT_FILE": authoritytest.File(t, authoritytest.Bundle(t, by, ledger)),
		"CLIENT_CA_FILE": authoritytest.File(t, by.PEM()),
	}
	var out bytes.Buffer
	if code := Main(ctx, nil, func(name string) string { return env[name] }, &out, &out); code != 0 {
		t.Errorf("exit %d with %q", code, out.String())
	}
}
