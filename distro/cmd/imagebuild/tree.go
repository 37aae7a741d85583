package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"time"
)

// tree is a file system to be: what is at each path. Its archive depends on
// nothing but the content: sorted, without times, and everything owned by root,
// since a cluster of an ordinary user may have that one user id only.
type tree struct {
	entries map[string]entry // by path without a leading slash
}

type entry struct {
	mode    int64
	kind    byte // tar's type flag
	content []byte
	link    string
}

func newTree() *tree { return &tree{entries: map[string]entry{}} }

func (t *tree) dir(name string, mode int64) { t.put(name, entry{mode: mode, kind: tar.TypeDir}) }

func (t *tree) text(name, content string) {
	t.put(name, entry{mode: 0o644, kind: tar.TypeReg, content: []byte(content)})
}

// symlink makes name point at target, an absolute path within the tree. What
// was at name before is replaced.
func (t *tree) symlink(name, target string) {
	t.put(name, entry{mode: 0o777, kind: tar.TypeSymlink, link: target})
}

func (t *tree) program(name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	t.put(name, entry{mode: 0o755, kind: tar.TypeReg, content: content})
	return nil
}

// put adds an entry and the directories above it.
func (t *tree) put(name string, e entry) {
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		if _, exists := t.entries[above]; !exists {
			t.entries[above] = entry{mode: 0o755, kind: tar.TypeDir}
		}
	}
	t.entries[name] = e
}

func (t *tree) archive() ([]byte, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(t.entries)) { // a directory sorts before what is in it
		e := t.entries[name]
		if e.kind == tar.TypeDir {
			name += "/"
		}
		header := &tar.Header{
			Name: name, Typeflag: e.kind, Linkname: e.link, Size: int64(len(e.content)), Mode: e.mode,
			ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if err := errors.Join(archive.WriteHeader(header), writeAll(archive, e.content)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	err := archive.Close()
	return buffer.Bytes(), err
}

func writeAll(archive *tar.Writer, content []byte) error {
	_, err := archive.Write(content)
	return err
}
