package podsandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/containerd/containerd/api/runtime/sandbox/v1"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/pkg/sys/reaper"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// compiled is pod-sandbox as the recipe compiles it; the test needs root, since it makes namespaces.
func compiled(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs root")
		}
		t.Skip("needs root")
	}
	program := filepath.Join(t.TempDir(), "pod-sandbox")
	output, err := exec.Command("cc", "-Os", "-static", "-s", "-Wl,--build-id=none", "-Wall", "-Wextra", "-Werror",
		"-o", program, "../cmd/pod-sandbox/pod-sandbox.c").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Skip("no C compiler")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return program
}

// reaps makes this process what a shim is: the parent of orphans, which it collects.
func reaps(t *testing.T) {
	t.Helper()
	if err := reaper.SetSubreaper(1); err != nil {
		t.Fatal(err)
	}
	ended := make(chan os.Signal, 32)
	signal.Notify(ended, unix.SIGCHLD)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-ended:
				_ = reaper.Reap()
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { signal.Stop(ended); close(done); _ = reaper.SetSubreaper(0) })
}

// bundle lays out what containerd gives a shim for the sandbox "abc".
func bundle(t *testing.T) (path string, folders folders) {
	t.Helper()
	state, root := t.TempDir(), t.TempDir()
	path = filepath.Join(state, "controller", "k8s.io", "abc")
	work := filepath.Join(root, "controller", "k8s.io", "abc")
	for _, folder := range []string{filepath.Join(path, "rootfs"), work} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(work, filepath.Join(path, "work")); err != nil {
		t.Fatal(err)
	}
	folders, err := foldersOf(path, "abc")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, plugin, "sandboxes", "abc"); folders.Lasting != want {
		t.Fatalf("lasting files are in %s, not %s", folders.Lasting, want)
	}
	return path, folders
}

func create(t *testing.T, service *Service, path string, config *cri.PodSandboxConfig) {
	t.Helper()
	options, err := proto.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	request := &api.CreateSandboxRequest{SandboxID: "abc", BundlePath: path, Options: &anypb.Any{Value: options}}
	if _, err := service.CreateSandbox(context.Background(), request); err != nil {
		t.Fatal(err)
	}
}

// onHost is a Pod of the host's network, which needs no network namespace from elsewhere.
func onHost() *cri.PodSandboxConfig {
	return pod(&cri.NamespaceOption{Network: cri.NamespaceMode_NODE}, nil)
}

func TestASandboxFromBeginningToEnd(t *testing.T) {
	program := compiled(t)
	reaps(t)
	ctx, end := shutdown.WithShutdown(context.Background())
	lifetime := &Lifetime{Service: end}
	service := New(program, lifetime, lifetime.Shutdown)
	path, folders := bundle(t)
	create(t, service, path, onHost())
	lifetime.Shutdown() // containerd asks with the last container
	if ctx.Err() != nil {
		t.Fatal("the shim ends although it holds a sandbox")
	}
	started, err := service.StartSandbox(ctx, &api.StartSandboxRequest{SandboxID: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	pid := int(started.Pid)
	looksHarmless(t, pid)
	for name, want := range map[string]string{"hostname": "web\n"} {
		if got, err := os.ReadFile(filepath.Join(folders.Lasting, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if !isMounted(t, folders.shm()) {
		t.Error("shm is not mounted")
	}
	if state := status(t, service).State; state != "SANDBOX_READY" {
		t.Errorf("it runs and is %s", state)
	}
	waited := make(chan *api.WaitSandboxResponse, 1)
	go func() {
		answer, _ := service.WaitSandbox(ctx, &api.WaitSandboxRequest{SandboxID: "abc"})
		waited <- answer
	}()
	if _, err := service.StopSandbox(ctx, &api.StopSandboxRequest{SandboxID: "abc"}); err != nil {
		t.Fatal(err)
	}
	if answer := <-waited; answer.GetExitStatus() != 128+9 {
		t.Errorf("its end is reported as %v", answer)
	}
	if state := status(t, service).State; state != "SANDBOX_NOTREADY" || unix.Kill(pid, 0) == nil {
		t.Errorf("stopped, it is %s", state)
	}
	nothingIsLeft(t, folders)
	if _, err := service.StopSandbox(ctx, &api.StopSandboxRequest{SandboxID: "abc"}); err != nil {
		t.Errorf("a second time: %v", err)
	}
	ends(t, end)
}

func TestASandboxThatRunsIsShutDown(t *testing.T) {
	program := compiled(t)
	reaps(t)
	ctx, end := shutdown.WithShutdown(context.Background())
	service := New(program, &Lifetime{Service: end}, end.Shutdown)
	path, folders := bundle(t)
	create(t, service, path, onHost())
	if _, err := service.StartSandbox(ctx, &api.StartSandboxRequest{SandboxID: "abc"}); err != nil {
		t.Fatal(err)
	}
	if _, err := service.ShutdownSandbox(ctx, &api.ShutdownSandboxRequest{SandboxID: "abc"}); err != nil {
		t.Fatal(err)
	}
	nothingIsLeft(t, folders)
	ends(t, end)
}

// ends waits for the end of the shim.
func ends(t *testing.T, end shutdown.Service) {
	t.Helper()
	select {
	case <-end.Done():
	case <-time.After(5 * time.Second):
		t.Error("the shim does not end with its sandbox")
	}
}

func TestWhatAKilledShimLeavesIsRemoved(t *testing.T) {
	program := compiled(t)
	reaps(t)
	path, folders := bundle(t)
	if found, err := RemoveLeft(path); found || err != nil {
		t.Fatalf("a bundle without a sandbox: %v, %v", found, err)
	}
	made, err := start(program, path, "abc", "", onHost())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := RemoveLeft(path); !found || err != nil {
		t.Fatalf("%v, %v", found, err)
	}
	nothingIsLeft(t, folders)
	for tries := 0; unix.Kill(made.Pid, 0) == nil; tries++ {
		if tries > 500 {
			t.Fatal("the process still runs")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if found, err := RemoveLeft(path); !found || err != nil {
		t.Fatalf("a second time: %v, %v", found, err)
	}
}

func TestAnotherProcessWithThePIDIsLeftAlone(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() }()
	if began(sleeper.Process.Pid) == "" || began(sleeper.Process.Pid) == began(os.Getppid()) {
		t.Fatalf("it began at %q", began(sleeper.Process.Pid))
	}
	left := record{Pid: sleeper.Process.Pid, Began: "1", Folders: folders{Lasting: t.TempDir(), Volatile: t.TempDir()}}
	if err := left.remove(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", sleeper.Process.Pid))
	if err != nil || strings.Contains(string(text), "State:\tZ") {
		t.Errorf("it was ended: %v\n%s", err, text)
	}
}

func TestASandboxThatCannotBeMadeLeavesNothing(t *testing.T) {
	program := compiled(t)
	reaps(t)
	_, end := shutdown.WithShutdown(context.Background())
	service := New(program, &Lifetime{Service: end}, end.Shutdown)
	path, folders := bundle(t)
	create(t, service, path, pod(&cri.NamespaceOption{}, nil)) // its network namespace is nowhere
	_, err := service.StartSandbox(context.Background(), &api.StartSandboxRequest{SandboxID: "abc"})
	if err == nil || !strings.Contains(err.Error(), "pod-sandbox: opening : No such file") {
		t.Fatalf("got %v", err)
	}
	nothingIsLeft(t, folders)
	if state := status(t, service).State; state != "SANDBOX_NOTREADY" {
		t.Errorf("it is %s", state)
	}
}

// looksHarmless: what is in a shared PID namespace must be no way to anything.
func looksHarmless(t *testing.T, pid int) {
	t.Helper()
	proc := func(file string) string { return fmt.Sprintf("/proc/%d/%s", pid, file) }
	text, err := os.ReadFile(proc("status"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range []string{
		"Uid:\t65535\t65535\t65535\t65535", "Gid:\t65535\t65535\t65535\t65535", "NoNewPrivs:\t1",
		"CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000", fmt.Sprintf("NSpid:\t%d\t1", pid), "Name:\tpause",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	for _, folder := range []string{"root/", "fd"} {
		if entries, err := os.ReadDir(proc(folder)); err != nil || len(entries) != 0 {
			t.Errorf("%s holds %v, %v", folder, entries, err)
		}
	}
	for name, own := range map[string]bool{"pid": true, "ipc": true, "mnt": true, "net": false, "uts": false, "user": false} {
		theirs, err := os.Readlink(proc("ns/" + name))
		mine, _ := os.Readlink("/proc/self/ns/" + name)
		if err != nil || (theirs != mine) != own {
			t.Errorf("namespace %s: %s, the host's is %s, %v", name, theirs, mine, err)
		}
	}
}

func status(t *testing.T, service *Service) *api.SandboxStatusResponse {
	t.Helper()
	answer, err := service.SandboxStatus(context.Background(), &api.SandboxStatusRequest{SandboxID: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func isMounted(t *testing.T, path string) bool {
	t.Helper()
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(mountinfo), " "+path+" ")
}

func nothingIsLeft(t *testing.T, folders folders) {
	t.Helper()
	for _, folder := range []string{folders.Lasting, folders.Volatile} {
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", folder, err)
		}
	}
	if isMounted(t, folders.shm()) {
		t.Error("shm is still mounted")
	}
}
