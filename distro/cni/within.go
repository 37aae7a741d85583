package cni

import (
	"errors"
	"runtime"

	"github.com/containernetworking/plugins/pkg/ns"
	"golang.org/x/sys/unix"
)

// within runs f in the network namespace at path and hands it the one that it
// came from. Unlike upstream's ns.WithNetNSPath it stays on the calling thread:
// that one looks its own namespace up below /proc/PID/task from threads that it
// starts, and what the kernel then keeps there makes the runtime wait for the
// plugin's end with a busy loop, a third of a second long on a busy machine.
func within(path string, f func(host ns.NetNS) error) (err error) {
	runtime.LockOSThread()
	here, err := ns.GetNS(currentNamespace())
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() { _ = here.Close() }()
	there, err := ns.GetNS(path)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() { _ = there.Close() }()
	err = there.Set()
	if err == nil {
		err = f(host{here, there})
	}
	if back := here.Set(); back != nil {
		// The thread stays locked, so that nothing else ever runs in the wrong namespace.
		return errors.Join(err, back)
	}
	runtime.UnlockOSThread()
	return err
}

// currentNamespace is the calling thread's. The plugin runs on its first thread,
// which has the process's own; tests do not.
func currentNamespace() string {
	if unix.Gettid() == unix.Getpid() {
		return "/proc/self/ns/net"
	}
	return "/proc/thread-self/ns/net"
}

// host is the namespace that within came from; Do goes there and back on the calling thread.
type host struct {
	ns.NetNS
	inner ns.NetNS
}

func (h host) Do(f func(ns.NetNS) error) (err error) {
	if err := h.Set(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.inner.Set()) }()
	return f(h.inner)
}
