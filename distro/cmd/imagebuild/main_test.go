package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// staticBusybox stands for all three programs: the images' form does not depend on them.
func staticBusybox(t *testing.T) string {
	t.Helper()
	const busybox = "/bin/busybox"
	if _, err := checkStatic(busybox); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return busybox
}

func build(t *testing.T, out string) {
	t.Helper()
	busybox := staticBusybox(t)
	if err := run([]string{"--busybox", busybox, "--labapp", busybox, "--labwait", busybox, "--out", out}); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found[strings.TrimPrefix(path, dir)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestBuildingTwiceGivesTheSameBytes(t *testing.T) {
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	build(t, first)
	build(t, second)
	a, b := contents(t, first), contents(t, second)
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d files and %d files", len(a), len(b))
	}
	for name, content := range a {
		if b[name] != content {
			t.Errorf("%s differs", name)
		}
	}
}

func TestEveryImageIsValidAndAllShareTwoLayers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "images")
	build(t, dir)
	path, err := layout.FromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	index, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	// Fast leaves out the layers' content, which it takes for gzip; the sums are checked below.
	if err := validate.Index(index, validate.Fast); err != nil {
		t.Fatal(err)
	}
	for name, content := range contents(t, filepath.Join(dir, "blobs", "sha256")) {
		if got := fmt.Sprintf("/%x", sha256.Sum256([]byte(content))); got != name {
			t.Errorf("blob %s has the sum %s", name, got)
		}
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != len(catalogue()) {
		t.Errorf("%d images, want %d", len(manifest.Manifests), len(catalogue()))
	}
	layers := map[string]bool{}
	for _, descriptor := range manifest.Manifests {
		image, err := index.Image(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		all, err := image.Layers()
		if err != nil || len(all) != 1 {
			t.Fatalf("%d layers, error %v", len(all), err)
		}
		digest, err := all[0].Digest()
		if err != nil {
			t.Fatal(err)
		}
		layers[digest.String()] = true
	}
	if len(layers) != 2 {
		t.Errorf("%d different layers, want 2", len(layers))
	}
}

func TestReplacingKeepsOutForeignDirectories(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replace(dir, func(string) error { return nil }); err == nil {
		t.Error("a directory with other files was replaced")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestReplacingRenewsALayoutAndAFailureKeepsIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "images")
	build(t, dir)
	build(t, dir)
	before := contents(t, dir)
	if err := replace(dir, func(string) error { return errors.New("no space") }); err == nil {
		t.Error("the failure was not reported")
	}
	if after := contents(t, dir); len(after) != len(before) {
		t.Errorf("%d files, %d before the failure", len(after), len(before))
	}
}

func TestADynamicProgramIsRefused(t *testing.T) {
	dynamic, err := os.Executable() // the test binary, if cgo made it so
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range []string{dynamic, "/bin/ls"} {
		if _, err := checkStatic(candidate); err != nil {
			if !strings.Contains(err.Error(), "not static") {
				t.Errorf("%s: %v", candidate, err)
			}
			return
		}
	}
	t.Error("no dynamic program was refused")
}

func TestWhatIsNoProgramIsRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := checkStatic(text); err == nil {
		t.Error("a script passed as a program")
	}
}

func TestTheLayerHasDirectoriesBeforeTheirFilesAndNoTimes(t *testing.T) {
	files := newTree()
	files.text("a/b/c", "content")
	files.dir("tmp", 0o1777)
	files.symlink("a/link", "/a/b/c")
	content, err := files.archive()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for archive := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.ModTime.Unix() != 0 || header.Uid != 0 || header.Gid != 0 {
			t.Errorf("%s: time %s, owner %d", header.Name, header.ModTime, header.Uid)
		}
		if header.Name == "tmp/" && header.Mode != 0o1777 {
			t.Errorf("tmp has mode %o", header.Mode)
		}
		names = append(names, header.Name)
	}
	if got, want := strings.Join(names, " "), "a/ a/b/ a/b/c a/link tmp/"; got != want {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func TestTheLabsSleepAndWgetReplaceBusyboxs(t *testing.T) {
	busybox := staticBusybox(t)
	p := programs{labapp: busybox, labwait: busybox}
	if err := p.setBusybox(busybox, ""); err != nil {
		t.Fatal(err)
	}
	files, err := labTree(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := files.entries["bin/sleep"].kind; got != tar.TypeReg {
		t.Errorf("bin/sleep is of kind %q, not a program of its own", got)
	}
	if got := files.entries["usr/bin/wget"].link; got != "/usr/bin/labapp" {
		t.Errorf("usr/bin/wget points at %q", got)
	}
	for _, applet := range []string{"bin/sh", "bin/ls", "bin/cat", "bin/base64", "usr/bin/base64", "usr/bin/env", "usr/bin/id"} {
		if e, exists := files.entries[applet]; exists && e.link != "/bin/busybox" {
			t.Errorf("%s points at %q", applet, e.link)
		}
	}
	for _, needed := range []string{"bin/sh", "usr/bin/curl", "usr/bin/api-client", "usr/bin/certificate-signer", "usr/bin/mtls-service",
		"etc/passwd", "usr/share/nginx/html/index.html"} {
		if _, exists := files.entries[needed]; !exists {
			t.Errorf("%s is missing", needed)
		}
	}
}
