// Command labapp is the one program of the lab images beside busybox. What it
// does is told by the name it is called by (argv[0], a symbolic link in the
// image) or by its first argument:
//
//	api-client         the application that asks the Kubernetes API
//	audience-service   a service that takes tokens of one audience
//	certificate-signer a signer of PodCertificateRequests
//	mtls-service       a service that takes client certificates
//	nginx, httpd-foreground, web   a static web server
//	curl               a subset of curl
//	wget               busybox's wget, which crashes there
//	sleep, pause       in place of cmd/labwait, where that could not be compiled
//	entrypoint.sh      what the image curlimages/curl starts: options are for curl, else it is a command
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"distro.satrain.dev/labapp/apiclient"
	"distro.satrain.dev/labapp/curl"
	"distro.satrain.dev/labapp/mtlsservice"
	"distro.satrain.dev/labapp/signer"
	"distro.satrain.dev/labapp/tokenservice"
	"distro.satrain.dev/labapp/wait"
	"distro.satrain.dev/labapp/web"
	"distro.satrain.dev/labapp/wget"
)

const usage = "usage: labapp api-client|audience-service|certificate-signer|mtls-service|web|curl|wget [...]"

func main() {
	// The first process of a container ignores signals which it does not handle.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	os.Exit(run(ctx, os.Args))
}

func run(ctx context.Context, words []string) int {
	name := filepath.Base(words[0])
	if name == "labapp" && len(words) > 1 {
		words = words[1:]
		name = words[0]
	}
	switch name {
	case "api-client":
		return apiclient.Main(ctx, words[1:], os.Getenv, os.Stdout, os.Stderr)
	case "audience-service":
		return tokenservice.Main(ctx, words[1:], os.Getenv, os.Stdout, os.Stderr)
	case "certificate-signer":
		return signer.Main(ctx, words[1:], os.Getenv, os.Stdout, os.Stderr)
	case "mtls-service":
		return mtlsservice.Main(ctx, words[1:], os.Getenv, os.Stdout, os.Stderr)
	case "nginx", "httpd-foreground", "web":
		return web.Main(ctx, words, os.Getenv, os.Stdout, os.Stderr)
	case "entrypoint.sh":
		if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			return execute(words[1:])
		}
		return curl.Main(ctx, words[1:], os.Stdin, os.Stdout, os.Stderr)
	case "curl":
		return curl.Main(ctx, words[1:], os.Stdin, os.Stdout, os.Stderr)
	case "sleep":
		return wait.Sleep(words[1:], os.Stderr)
	case "pause":
		return wait.Pause()
	case "wget":
		return wget.Main(ctx, words[1:], os.Stdout, os.Stderr)
	}
	fmt.Fprintln(os.Stderr, usage)
	return 2
}

// execute replaces this process by a command. (Busybox's shell is no help: it
// runs its own sleep, which as a container's first process ignores SIGTERM.)
func execute(words []string) int {
	program, err := exec.LookPath(words[0])
	if err == nil {
		err = syscall.Exec(program, words, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "entrypoint.sh:", err)
	return 127 // as a shell does
}
