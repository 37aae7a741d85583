// Command kubectl is upstream's cmd/kubectl, which is package main and so cannot
// be imported. It is a program of its own, though satrain-kube holds most of its
// code: learners and scripts start it often, and this binary starts in 30 ms of
// CPU time, satrain-kube in 90.
package main

import (
	"os"

	_ "distro.satrain.dev/kubectl/plain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
)

// kubectl prints its own errors and picks its own exit codes (CheckErr exits).
func main() {
	// Flag parsing is too late for what kubectl logs while it is constructed. A
	// bad value is reported by that parsing, so it is of no interest here.
	_, _ = logs.GlogSetter(kubectl.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}
