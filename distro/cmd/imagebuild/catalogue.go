package main

import v1 "github.com/google/go-containerregistry/pkg/v1"

// image is one image to build: a name and how its container runs by default.
type image struct {
	reference string
	about     string
	layer     layerKind
	config    v1.Config
}

type layerKind int

const (
	labLayer   layerKind = iota // everything
	pauseLayer                  // the pause program only
)

const (
	searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	// The user of nginxinc/nginx-unprivileged.
	nginxUser = "101:101"
)

// catalogue is all that Pods of a lab can run. A name is here if its usual
// command line works; so there is no image of a distribution with bash, and
// none of a database.
//
// Only the image which is named for it has a User: without subordinate user ids
// an ordinary user's cluster can run containers as root only.
func catalogue() []image {
	return []image{
		{
			reference: "satrain.local/pause:1",
			about:     "holds a Pod's namespaces",
			layer:     pauseLayer,
			config:    v1.Config{Entrypoint: []string{"/pause"}},
		},
		{
			reference: "satrain.local/lab:1",
			about:     "the lab's own image: api-client, audience-service, certificate-signer, mtls-service, curl, a web server and busybox",
			config:    v1.Config{Cmd: []string{"sleep", "infinity"}},
		},
		{
			reference: "docker.io/library/nginx:latest",
			about:     "a small static web server on port 80 in place of nginx",
			config:    v1.Config{Cmd: []string{"nginx", "-g", "daemon off;"}, ExposedPorts: port("80")},
		},
		{
			reference: "docker.io/nginxinc/nginx-unprivileged:latest",
			about:     "the same web server on port 8080, not as root",
			config: v1.Config{
				Cmd: []string{"nginx", "-g", "daemon off;"}, ExposedPorts: port("8080"),
				Env: []string{"PORT=8080"}, User: nginxUser,
			},
		},
		{
			reference: "docker.io/library/httpd:latest",
			about:     "the same web server on port 80 in place of Apache",
			config:    v1.Config{Cmd: []string{"httpd-foreground"}, ExposedPorts: port("80")},
		},
		{
			reference: "docker.io/library/busybox:latest",
			about:     "busybox",
			config:    v1.Config{Cmd: []string{"sh"}},
		},
		{
			reference: "docker.io/library/alpine:latest",
			about:     "busybox in place of Alpine (no apk)",
			config:    v1.Config{Cmd: []string{"/bin/sh"}},
		},
		{
			reference: "docker.io/curlimages/curl:latest",
			about:     "a subset of curl, and busybox",
			config: v1.Config{
				Entrypoint: []string{"/entrypoint.sh"}, Cmd: []string{"curl"},
				WorkingDir: "/home/app",
			},
		},
		{
			reference: "registry.k8s.io/pause:latest",
			about:     "does nothing until it is told to end",
			layer:     pauseLayer,
			config:    v1.Config{Entrypoint: []string{"/pause"}},
		},
	}
}

func port(number string) map[string]struct{} {
	return map[string]struct{}{number + "/tcp": {}}
}
