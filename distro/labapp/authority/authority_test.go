package authority_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"distro.satrain.dev/labapp/authority"
	"distro.satrain.dev/labapp/authority/authoritytest"
)

func TestAKeptAuthorityIsTheSameAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "authority.pem")
	first, err := authority.Keep(file, "ca.example.com/web", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	second, err := authority.Keep(file, "ca.example.com/web", time.Now())
	if err != nil || second.PEM() != first.PEM() {
		t.Errorf("another authority, error %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestAFileThatHoldsNoAuthorityIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"no certificate":     "nonsense",
		"a leaf certificate": authoritytest.Bundle(t, authoritytest.New(t), "spiffe://cluster.local/ns/web/sa/app"),
	} {
		file := authoritytest.File(t, content)
		if _, err := authority.Keep(file, "x", time.Now()); err == nil {
			t.Errorf("%s: taken for an authority", name)
		}
		if kept, _ := os.ReadFile(file); string(kept) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
}
