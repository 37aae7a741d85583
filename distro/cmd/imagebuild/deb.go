package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/ulikunitz/xz"
)

// A Debian package is an archive of ar (deb(5)): a magic line, then members, each
// with a header of this length and padded to an even one.
const (
	arMagic  = "!<arch>\n"
	arHeader = 60
	arEnd    = "`\n"
)

// maxProgram is more than any busybox has, in bytes.
const maxProgram = 32 << 20

// fromPackage writes one file of a Debian package.
func fromPackage(file, name, to string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	content, err := find(opened, name)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(to, content, 0o755)
}

// find returns a regular file of a Debian package.
func find(deb io.Reader, name string) ([]byte, error) {
	data, err := member(deb, "data.tar.xz")
	if err != nil {
		return nil, err
	}
	unpacked, err := xz.NewReader(data)
	if err != nil {
		return nil, err
	}
	files := tar.NewReader(unpacked)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("it has no %s", name)
		}
		if err != nil {
			return nil, err
		}
		if path.Clean(header.Name) != name || header.Typeflag != tar.TypeReg {
			continue
		}
		if header.Size > maxProgram {
			return nil, fmt.Errorf("%s has %d bytes", name, header.Size)
		}
		return io.ReadAll(files)
	}
}

// member returns the content of a member of an ar archive.
func member(archive io.Reader, name string) (io.Reader, error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(archive, magic); err != nil || string(magic) != arMagic {
		return nil, errors.New("it is no Debian package")
	}
	for {
		header := make([]byte, arHeader)
		if _, err := io.ReadFull(archive, header); err != nil {
			return nil, fmt.Errorf("it has no %s", name)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[48:58])), 10, 64)
		if err != nil || size < 0 || string(header[58:]) != arEnd {
			return nil, errors.New("it is a broken Debian package")
		}
		if strings.TrimRight(string(header[:16]), " /") == name {
			return io.LimitReader(archive, size), nil
		}
		if _, err := io.CopyN(io.Discard, archive, size+size%2); err != nil {
			return nil, fmt.Errorf("it has no %s", name)
		}
	}
}
