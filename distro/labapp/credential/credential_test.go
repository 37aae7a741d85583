package credential_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"strings"
	"testing"

	"distro.satrain.dev/labapp/authority/authoritytest"
	"distro.satrain.dev/labapp/credential"
)

const app = "spiffe://cluster.local/ns/web/sa/app"

func TestABundleIsReadWithItsIdentity(t *testing.T) {
	got, err := credential.Load(authoritytest.File(t, authoritytest.Bundle(t, authoritytest.New(t), app)))
	if err != nil {
		t.Fatal(err)
	}
	if id := credential.ID(got.Leaf); id != app {
		t.Errorf("identity %q", id)
	}
	if credential.Serial(got.Leaf) == "" {
		t.Error("no serial")
	}
}

func TestAKeyThatIsNotTheCertificatesIsRefusedAndNotShown(t *testing.T) {
	by := authoritytest.New(t)
	one, other := authoritytest.Bundle(t, by, app), authoritytest.Bundle(t, by, app)
	key, _, _ := strings.Cut(one, "-----BEGIN CERTIFICATE")
	_, certificate, _ := strings.Cut(other, "-----END PRIVATE KEY-----\n")
	for name, content := range map[string]string{"another's key": key + certificate, "no key": certificate, "nothing": ""} {
		_, err := credential.Load(authoritytest.File(t, content))
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		if block, _ := pem.Decode([]byte(key)); strings.Contains(err.Error(), string(block.Bytes)) {
			t.Errorf("%s: the key is in the error", name)
		}
	}
}

func TestAnAuthorityNeedsACertificate(t *testing.T) {
	if _, err := credential.Authority(authoritytest.File(t, "nothing")); err == nil {
		t.Error("accepted")
	}
}

func TestTwoIdentitiesAreNone(t *testing.T) {
	uri := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for want, uris := range map[string][]*url.URL{
		"":  {uri(app), uri(app + "2")},
		app: {uri("https://example.com"), uri(app)},
	} {
		if got := credential.ID(&x509.Certificate{URIs: uris}); got != want {
			t.Errorf("%v: %q, want %q", uris, got, want)
		}
	}
}

func TestAServerIsKnownByItsIdentity(t *testing.T) {
	by := authoritytest.New(t)
	server, err := credential.Load(authoritytest.File(t, authoritytest.Bundle(t, by, app)))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, authority, id string
		ok                  bool
	}{
		{"the right one", by.PEM(), app, true},
		{"another identity", by.PEM(), app + "2", false},
		{"another authority", authoritytest.New(t).PEM(), app, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pool, err := credential.Authority(authoritytest.File(t, test.authority))
			if err != nil {
				t.Fatal(err)
			}
			state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{server.Leaf}}
			if err := credential.VerifyServer(pool, test.id)(state); (err == nil) != test.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}
