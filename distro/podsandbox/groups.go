package podsandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// hierarchy is a mounted control group file system.
type hierarchy struct {
	path    string
	unified bool
}

// hierarchies are those of a /proc/PID/mountinfo. Pure.
func hierarchies(mountinfo string) []hierarchy {
	var all []hierarchy
	for line := range strings.Lines(mountinfo) {
		mount, filesystem, found := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if !found || len(fields) < 5 {
			continue
		}
		kind, _, _ := strings.Cut(filesystem, " ")
		if kind == "cgroup" || kind == "cgroup2" {
			all = append(all, hierarchy{path: fields[4], unified: kind == "cgroup2"})
		}
	}
	return all
}

// join finds the cgroup.procs files with which a process enters the Pod's group. A group of the unified hierarchy
// whose children have controllers has no processes of its own: one is made below, and returned as leaf.
func join(all []hierarchy, parent, id string) (procs []string, leaf string, err error) {
	for _, hierarchy := range all {
		group := filepath.Join(hierarchy.path, parent)
		if _, err := os.Stat(group); errors.Is(err, fs.ErrNotExist) {
			continue // a hierarchy that the kubelet does not use
		}
		if hierarchy.unified {
			group = filepath.Join(group, id)
			if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return nil, "", err
			}
			leaf = group
		}
		procs = append(procs, filepath.Join(group, "cgroup.procs"))
	}
	return procs, leaf, nil
}
