package main

import (
	_ "embed"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// debianApplets are the commands of Debian's busybox-static 1.35.0, which a machine of another kind cannot ask.
//
//go:embed busybox-1.35.0.applets
var debianApplets string

// setBusybox makes file ready: a program as it is, a Debian package unpacked into dir.
func (p *programs) setBusybox(file, dir string) error {
	if filepath.Ext(file) != ".deb" {
		output, err := exec.Command(file, "--list-full").Output()
		if err != nil {
			return fmt.Errorf("%s --list-full: %w", file, err)
		}
		p.busybox, p.applets = file, applets(string(output))
		return nil
	}
	p.busybox, p.applets = filepath.Join(dir, "busybox"), applets(debianApplets)
	return fromPackage(file, "bin/busybox", p.busybox)
}

// applets reads what `busybox --list-full` prints: paths such as "usr/bin/base64".
func applets(list string) []string {
	var found []string
	for applet := range strings.FieldsSeq(list) {
		// An init outside of any directory, and busybox itself, are not wanted.
		if strings.Contains(applet, "/") && path.Base(applet) != "busybox" {
			found = append(found, applet)
		}
	}
	return found
}
