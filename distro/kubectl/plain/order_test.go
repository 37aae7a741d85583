package plain_test

import (
	"testing"

	"distro.satrain.dev/kubectl/plain"
	// It speaks while it is initialised, as many packages of kubectl do.
	_ "k8s.io/kubectl/pkg/cmd/options"
)

func TestThisPackageIsInitialisedBeforeAnySpeaks(t *testing.T) {
	if !plain.Effective() {
		t.Error("kubectl's packages loaded their texts first: does the module's path still sort before k8s.io?")
	}
}
