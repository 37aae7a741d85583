package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"distro.satrain.dev/labapp/wait"
)

// compileLabwait builds cmd/labwait as README.md says (Go does not test C).
func compileLabwait(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "labwait")
	compiler := exec.Command("cc", "-Os", "-static", "-s", "-Wl,--build-id=none", "-Wall", "-Wextra", "-Werror",
		"-o", program, "../labwait/labwait.c")
	if output, err := compiler.CombinedOutput(); err != nil {
		if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
			t.Skip("no C compiler")
		}
		t.Fatalf("%v: %s", err, output)
	}
	if _, err := checkStatic(program); err != nil {
		t.Fatal(err)
	}
	return program
}

// This program stands for labapp: called by the names in the images, it is package wait.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "sleep":
		os.Exit(wait.Sleep(os.Args[1:], os.Stderr))
	case "pause":
		os.Exit(wait.Pause())
	}
	os.Exit(m.Run())
}

func TestLabwait(t *testing.T) {
	t.Run("in C", func(t *testing.T) { testLabwait(t, compileLabwait(t)) })
	t.Run("in Go", func(t *testing.T) {
		itself, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		testLabwait(t, itself)
	})
}

func testLabwait(t *testing.T, program string) {
	tests := []struct {
		name  string
		words []string
		term  bool
		code  int
	}{
		{"sleep ends by itself", []string{"sleep", "0.05"}, false, 0},
		{"sleep adds up", []string{"/bin/sleep", "0.01s", "0m", "0h", "0d"}, false, 0},
		{"sleep without a number", []string{"sleep"}, false, 1},
		{"sleep with a bad number", []string{"sleep", "1x"}, false, 1},
		{"sleep with a negative number", []string{"sleep", "-1"}, false, 1},
		{"sleep ends on TERM", []string{"sleep", "1h"}, true, 128 + 15},
		{"sleep infinity ends on TERM", []string{"sleep", "infinity"}, true, 128 + 15},
		{"pause ends on TERM", []string{"/pause"}, true, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command(program)
			command.Args = test.words
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			if test.term {
				time.Sleep(100 * time.Millisecond) // until its handler is set
				if err := command.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			_ = command.Wait()
			if got := command.ProcessState.ExitCode(); got != test.code || time.Since(started) > 2*time.Second {
				t.Errorf("exit %d after %s, want %d", got, time.Since(started), test.code)
			}
		})
	}
}
