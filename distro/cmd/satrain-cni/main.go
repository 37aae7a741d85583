// Command satrain-cni is the CNI plugin, which containerd runs several times for
// each Pod: a small program of its own, so that it starts in 2 ms.
package main

import "distro.satrain.dev/cni"

func main() { cni.Main() }
