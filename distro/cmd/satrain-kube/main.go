// Command satrain-kube is one multi-call binary with the upstream Kubernetes
// control plane, kubelet and etcd:
//
//	satrain-kube kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|etcd [flags]
//
// or through a symbolic link which bears the component's name. One binary
// instead of five shares ~90 % of its code on disk and in memory.
//
// Every component runs in a process of its own: the upstream commands install
// a process-wide signal handler exactly once and share one process-wide set of
// feature gates, so two of them must never be started in the same process.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

const usage = "usage: satrain-kube kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|etcd [flags]"

func main() {
	run, found := component(filepath.Base(os.Args[0]))
	if !found && len(os.Args) > 1 {
		run, found = component(os.Args[1])
		os.Args = os.Args[1:] // cobra takes its arguments from os.Args[1:]
	}
	if !found {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	os.Exit(run())
}

// component finds what runs under name. Nothing is constructed before it is
// run, since each upstream constructor has process-wide effects.
func component(name string) (run func() int, found bool) {
	switch name {
	case "kube-apiserver":
		return func() int { return runAfterInput(newAPIServerCommand()) }, true
	case "kube-controller-manager":
		return func() int { return runAfterInput(controllermanager.NewControllerManagerCommand()) }, true
	case "kube-scheduler":
		return func() int { return runAfterInput(scheduler.NewSchedulerCommand()) }, true
	case "kubelet":
		return func() int { return runAfterInput(kubelet.NewKubeletCommand(context.Background())) }, true
	case "etcd":
		return func() int { return runAfterInput(newEtcdCommand()) }, true
	}
	return nil, false
}

// runAfterInput waits for the end of standard input first. A program of this size needs a tenth of a second until it is loaded; so
// satrain starts it early, with a pipe, and closes that when what the component needs is there.
func runAfterInput(command *cobra.Command) int {
	_, _ = io.Copy(io.Discard, os.Stdin)
	return cli.Run(command)
}
