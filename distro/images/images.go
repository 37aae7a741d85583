// Package images brings the lab images to a node that has no internet access:
// it imports them into containerd and serves them as a registry, so that a
// learner's `image: nginx` works, whatever its tag and pull policy.
package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/pflag"
)

type options struct {
	layout  string
	socket  string
	listen  string
	timeout time.Duration
	list    bool
	file    string
}

// Main is the component "images". It prints "images: imported" to out once the
// images are in containerd and then serves the registry until ctx ends; with
// --list it prints the images as JSON and returns; with --import it loads an
// archive of somebody's, prints the names of its images and returns.
func Main(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := pflag.NewFlagSet("images", pflag.ContinueOnError)
	flags.StringVar(&o.layout, "layout", "", "directory of the OCI image layout")
	flags.StringVar(&o.socket, "socket", "", "containerd's socket, to import into")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:5000", "address of the registry")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "time for containerd to start and for the import")
	flags.BoolVar(&o.list, "list", false, "print the images as JSON and exit")
	flags.StringVar(&o.file, "import", "", "load an image archive and exit")
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return nil
	}
	switch {
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.file != "" && o.socket != "":
		return ImportFile(ctx, o.file, o.socket, out)
	case o.layout == "":
		return errors.New("--layout is required")
	case !o.list && o.socket == "":
		return errors.New("--socket is required")
	}
	layout, err := OpenLayout(o.layout)
	if err != nil {
		return err
	}
	if o.list {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(layout.Images())
	}
	return o.run(ctx, layout, out)
}

func (o *options) run(ctx context.Context, layout *Layout, out io.Writer) error {
	// Listening comes first: a port in use should show at once.
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: NewRegistry(layout), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	importing, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	if err := Import(importing, layout, o.socket); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop
		}
		return err
	}
	if _, err := fmt.Fprintln(out, "images: imported"); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return err
	}
}
