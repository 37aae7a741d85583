// Command etcd is upstream's: kubeadm gives it flags which the distribution's etcd does not have.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
