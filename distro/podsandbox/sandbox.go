package podsandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/containerd/v2/pkg/sys/reaper"
	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	recordFile   = "pod-sandbox.json"
	startTimeout = 10 * time.Second
)

// record is what outlives a shim that was killed: enough to remove what it made.
type record struct {
	Pid     int     `json:"pid,omitempty"`
	Began   string  `json:"began,omitempty"` // tells the process from a later one with its PID
	Folders folders `json:"folders"`
	Leaf    string  `json:"leaf,omitempty"`
}

// Program is the path of pod-sandbox: it is beside the shim.
func Program() (string, error) {
	self, err := os.Executable()
	return filepath.Join(filepath.Dir(self), "pod-sandbox"), err
}

// start makes a sandbox's files, namespaces and process. What was begun is in the record when it fails.
func start(program, bundle, id, netns string, config *cri.PodSandboxConfig) (record, error) {
	var made record
	var err error
	if made.Folders, err = foldersOf(bundle, id); err != nil {
		return made, err
	}
	if err := save(bundle, made); err != nil {
		return made, err
	}
	if err := made.Folders.write(config); err != nil {
		return made, err
	}
	var groups []string
	if parent := config.GetLinux().GetCgroupParent(); parent != "" {
		mountinfo, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil {
			return made, err
		}
		if groups, made.Leaf, err = join(hierarchies(string(mountinfo)), parent, id); err != nil {
			return made, err
		}
	}
	words, err := arguments(config, filepath.Join(bundle, "rootfs"), netns, groups, rootless())
	if err != nil {
		return made, err
	}
	if made.Pid, err = run(program, words); err != nil {
		return made, err
	}
	made.Began = began(made.Pid)
	return made, save(bundle, made)
}

// run starts pod-sandbox and returns the PID of the process that stays.
func run(program string, words []string) (int, error) {
	var said, complaint bytes.Buffer
	command := exec.Command(program, words...)
	command.Stdout, command.Stderr = &said, &complaint
	exited, err := reaper.Default.Start(command)
	if err != nil {
		return 0, err
	}
	status, err := reaper.Default.WaitTimeout(command, exited, startTimeout)
	if err != nil {
		return 0, err
	}
	if status != 0 {
		return 0, fmt.Errorf("%s: %s", filepath.Base(program), strings.TrimSpace(complaint.String()))
	}
	return strconv.Atoi(strings.TrimSpace(said.String()))
}

// remove undoes all that a record tells of, in whatever state it is.
func (made record) remove() error {
	if made.Pid > 0 && made.Began != "" && made.Began == began(made.Pid) {
		_ = unix.Kill(made.Pid, unix.SIGKILL)
	}
	err := made.Folders.remove()
	if made.Leaf == "" {
		return err
	}
	leaf := unix.Rmdir(made.Leaf)
	for tries := 0; errors.Is(leaf, unix.EBUSY) && tries < 50; tries++ {
		time.Sleep(10 * time.Millisecond) // its process is on its way out
		leaf = unix.Rmdir(made.Leaf)
	}
	if errors.Is(leaf, fs.ErrNotExist) {
		leaf = nil
	}
	return errors.Join(err, leaf)
}

// began is when a process began, in the kernel's ticks (proc_pid_stat(5), field 22); nothing: there is no such process.
func began(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, afterName, found := strings.Cut(string(stat), ") ")
	fields := strings.Fields(afterName)
	if err != nil || !found || len(fields) < 20 {
		return ""
	}
	return fields[19]
}

// RemoveLeft removes what a shim that is gone left of the sandbox in a bundle; false: there never was one.
func RemoveLeft(bundle string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(bundle, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var made record
	if err := json.Unmarshal(text, &made); err != nil {
		return true, fmt.Errorf("reading %s: %w", recordFile, err)
	}
	return true, made.remove()
}

func save(bundle string, made record) error {
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(bundle, recordFile), text, 0o600)
}

// rootless tells whether the node itself runs in a user namespace: its root is somebody else outside.
func rootless() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(ids))
	return err == nil && (len(fields) != 3 || fields[1] != "0")
}
