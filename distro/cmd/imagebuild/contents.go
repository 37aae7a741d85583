package main

import (
	"path"
)

const (
	busyboxPath = "bin/busybox"
	labappPath  = "usr/bin/labapp"

	passwd = `root:x:0:0:root:/root:/bin/sh
nginx:x:101:101:nginx:/nonexistent:/bin/false
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`
	group = `root:x:0:
nginx:x:101:
app:x:1000:
nobody:x:65534:
`
	osRelease = `ID=satrain
NAME="satrain lab image"
PRETTY_NAME="satrain lab image"
`
	page = `<!DOCTYPE html>
<title>satrain lab</title>
<p>It works: this is the web server of a lab Pod.</p>
`
)

// pauseTree has the pause program and nothing else. Without labwait labapp is both its programs.
func pauseTree(p programs) (*tree, error) {
	t := newTree()
	if p.labwait == "" {
		return t, t.program("pause", p.labapp)
	}
	return t, t.program("pause", p.labwait)
}

// labTree has all programs, and the places where people look for things.
func labTree(p programs) (*tree, error) {
	t := newTree()
	if err := t.program(busyboxPath, p.busybox); err != nil {
		return nil, err
	}
	for _, applet := range p.applets {
		t.symlink(applet, "/"+busyboxPath)
	}
	if err := t.program(labappPath, p.labapp); err != nil {
		return nil, err
	}
	for _, name := range []string{
		"api-client", "audience-service", "certificate-signer", "curl", "httpd-foreground", "mtls-service", "nginx", "web",
	} {
		t.symlink(path.Join("usr/bin", name), "/"+labappPath)
	}
	// Both replace busybox's, see labapp/wget and cmd/labwait.
	t.symlink("usr/bin/wget", "/"+labappPath)
	if p.labwait == "" {
		t.symlink("bin/sleep", "/"+labappPath)
	} else if err := t.program("bin/sleep", p.labwait); err != nil {
		return nil, err
	}
	t.text("etc/passwd", passwd)
	t.text("etc/group", group)
	t.text("etc/nsswitch.conf", "hosts: files dns\n")
	t.text("etc/os-release", osRelease)
	t.symlink("entrypoint.sh", "/"+labappPath) // of curlimages/curl
	t.text("usr/share/nginx/html/index.html", page)
	t.text("usr/local/apache2/htdocs/index.html", page)
	t.dir("home/app", 0o1777) // for whatever user a Pod asks for
	t.dir("root", 0o700)
	t.dir("tmp", 0o1777)
	t.dir("var/tmp", 0o1777)
	for _, mountPoint := range []string{"dev", "proc", "run", "sys"} {
		t.dir(mountPoint, 0o755)
	}
	t.symlink("var/run", "/run") // the ServiceAccount volume is mounted below /var/run
	return t, nil
}
