// Command imagebuild makes the lab images, all of them from the same few files,
// as an OCI image layout. The same input gives the same bytes.
//
//	imagebuild --busybox FILE --labapp FILE [--labwait FILE] --out DIR
//
// The programs must be static: there is no libc in the images. They may be for
// another machine than this one: then busybox is a Debian package (FILE.deb).
package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/spf13/pflag"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "imagebuild:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var p programs
	flags := pflag.NewFlagSet("imagebuild", pflag.ContinueOnError)
	busybox := flags.String("busybox", "/bin/busybox", "a static busybox, or Debian's package of one")
	flags.StringVar(&p.labapp, "labapp", "", "cmd/labapp, built")
	flags.StringVar(&p.labwait, "labwait", "", "cmd/labwait, built; without it labapp waits")
	out := flags.String("out", "", "directory for the image layout; one that is there is replaced")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *out == "" {
		return errors.New("--out is required")
	}
	temporary, err := os.MkdirTemp("", "imagebuild-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	if err := p.setBusybox(*busybox, temporary); err != nil {
		return err
	}
	files := []string{p.busybox, p.labapp}
	if p.labwait != "" {
		files = append(files, p.labwait)
	}
	for _, file := range files {
		machine, err := checkStatic(file)
		switch {
		case err != nil:
			return err
		case p.architecture == "":
			p.architecture = machine
		case p.architecture != machine:
			return fmt.Errorf("%s is for %s, and busybox for %s", file, machine, p.architecture)
		}
	}
	return replace(*out, func(dir string) error { return writeLayout(dir, p) })
}

// programs are the files that the images are made of.
type programs struct {
	busybox, labapp, labwait string
	applets                  []string // busybox's commands, by their paths
	architecture             string   // as Go calls it
}

// checkStatic returns for which architecture a program is.
func checkStatic(file string) (string, error) {
	program, err := elf.Open(file)
	if err != nil {
		return "", fmt.Errorf("%q is not a program: %w", file, err)
	}
	defer func() { _ = program.Close() }()
	for _, header := range program.Progs {
		if header.Type == elf.PT_INTERP {
			return "", fmt.Errorf("%s is not static (for busybox: the package busybox-static has one that is)", file)
		}
	}
	architecture, known := map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[program.Machine]
	if !known {
		return "", fmt.Errorf("%s is for %s, which no lab runs on", file, program.Machine)
	}
	return architecture, nil
}

// replace puts what write makes at dir in one step. It refuses to remove a
// directory that is no image layout.
func replace(dir string, write func(string) error) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		if _, err := layout.FromPath(dir); err != nil {
			return fmt.Errorf("%s is neither empty nor an image layout", dir)
		}
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, ".images-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	if err := write(fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}
