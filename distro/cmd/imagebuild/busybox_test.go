package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// debianPackage is one as dpkg-deb makes it, with one file.
func debianPackage(t *testing.T, name, content string) []byte {
	t.Helper()
	var data bytes.Buffer
	packed, err := xz.NewWriter(&data)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewWriter(packed)
	header := &tar.Header{Name: name, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}
	if err := files.WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	var deb bytes.Buffer
	deb.WriteString(arMagic)
	for _, m := range []struct{ name, content string }{{"debian-binary", "2.0\n"}, {"odd", "x"}, {"data.tar.xz", data.String()}} {
		fmt.Fprintf(&deb, "%-16s%-12d%-6d%-6d%-8o%-10d%s%s", m.name, 0, 0, 0, 0o100644, len(m.content), arEnd, m.content)
		if len(m.content)%2 == 1 {
			deb.WriteByte('\n')
		}
	}
	return deb.Bytes()
}

func TestAFileOfADebianPackage(t *testing.T) {
	deb := debianPackage(t, "./bin/busybox", "a program")
	got, err := find(bytes.NewReader(deb), "bin/busybox")
	if err != nil || string(got) != "a program" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := find(bytes.NewReader(deb), "bin/other"); err == nil || !strings.Contains(err.Error(), "has no bin/other") {
		t.Errorf("a file that is not there: %v", err)
	}
	for length := range deb {
		if _, err := find(bytes.NewReader(deb[:length]), "bin/busybox"); err == nil && length < len(deb)-100 {
			t.Errorf("the first %d bytes of %d were enough", length, len(deb))
		}
	}
	for _, bad := range []string{"", "no package at all", arMagic + strings.Repeat("x", arHeader), arMagic + strings.Repeat("-1", arHeader)} {
		if _, err := find(strings.NewReader(bad), "bin/busybox"); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestTheListOfAppletsIsThatOfDebiansBusybox(t *testing.T) {
	busybox := staticBusybox(t)
	about, _ := exec.Command(busybox).CombinedOutput()
	if !bytes.Contains(about, []byte("v1.35.0")) {
		t.Skipf("the busybox here is another one: %.60s", about)
	}
	list, err := exec.Command(busybox, "--list-full").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := applets(debianApplets), applets(string(list)); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestImagesFromADebianPackageWithoutLabwait(t *testing.T) {
	busybox := staticBusybox(t)
	content, err := os.ReadFile(busybox)
	if err != nil {
		t.Fatal(err)
	}
	deb := filepath.Join(t.TempDir(), "busybox.deb")
	if err := os.WriteFile(deb, debianPackage(t, "./bin/busybox", string(content)), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "images")
	if err := run([]string{"--busybox", deb, "--labapp", busybox, "--out", out}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(out, "index.json")); err != nil {
		t.Error(err)
	}
	text := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--busybox", deb, "--labapp", text, "--out", out}); err == nil {
		t.Error("a script is no program of an image")
	}
}
