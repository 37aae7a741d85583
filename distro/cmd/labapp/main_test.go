package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is the program too: argv[0] counts.
func TestMain(m *testing.M) {
	if os.Getenv("LABAPP") != "" {
		main()
	}
	os.Exit(m.Run())
}

func labapp(words ...string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Args = words
	command.Env = append(os.Environ(), "LABAPP=1")
	return command
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err == nil {
		return 0
	}
	return exit.ExitCode()
}

func TestTheNameSelectsTheProgram(t *testing.T) {
	tests := []struct {
		words []string
		code  int
		want  string
	}{
		{[]string{"labapp"}, 2, "usage: labapp"},
		{[]string{"labapp", "curl"}, 2, "no URL"},
		{[]string{"/usr/bin/curl", "ftp://x"}, 1, "curl: (1)"},
		{[]string{"api-client", "nonsense"}, 1, "KUBERNETES_SERVICE_HOST"},
		{[]string{"audience-service"}, 1, "AUDIENCE"},
		{[]string{"certificate-signer"}, 1, "SIGNER_NAME"},
		{[]string{"mtls-service"}, 1, "CERT_FILE"},
		{[]string{"/entrypoint.sh"}, 2, "no URL"},
		{[]string{"/entrypoint.sh", "--url", "ftp://x"}, 1, "curl: (1)"},
		{[]string{"/entrypoint.sh", "echo", "-n", "a command"}, 0, "a command"},
		{[]string{"/entrypoint.sh", "no-such-command"}, 127, "no-such-command"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.words, " "), func(t *testing.T) {
			command := labapp(test.words...)
			command.Env = append(command.Env, "KUBERNETES_SERVICE_HOST=")
			output, err := command.CombinedOutput()
			if got := exitCode(t, err); got != test.code || !strings.Contains(string(output), test.want) {
				t.Errorf("exit %d with %q, want %d with %q", got, output, test.code, test.want)
			}
		})
	}
}

func TestItEndsAtOnceOnTERM(t *testing.T) {
	command := labapp("api-client")
	command.Env = append(command.Env, "API_SERVER=http://127.0.0.1:1", "LISTEN=127.0.0.1:0", "LOG=all", "INTERVAL=10ms")
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(make([]byte, 1)); err != nil { // it runs
		t.Fatal(err)
	}
	started := time.Now()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, command.Wait()); code != 0 || time.Since(started) > 2*time.Second {
		t.Errorf("exit %d after %s", code, time.Since(started))
	}
}
