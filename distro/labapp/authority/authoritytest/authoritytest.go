// Package authoritytest makes, for tests, the files that a Pod has of an authority.
package authoritytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"distro.satrain.dev/labapp/authority"
)

// New is a new authority.
func New(t *testing.T) *authority.Authority {
	t.Helper()
	made, err := authority.New("ca.example.com/test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// Key is a new private key of the kind that signers take.
func Key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Bundle is a credential bundle for id: a private key and a certificate of the authority.
func Bundle(t *testing.T, by *authority.Authority, id string) string {
	t.Helper()
	name, err := url.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	key := Key(t)
	issued, err := by.Issue(key.Public(), name, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})) + issued.PEM
}

// File is a file of the test with the content.
func File(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
