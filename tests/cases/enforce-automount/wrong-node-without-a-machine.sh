#!/usr/bin/env bash
# A Node with the labels that a kubelet gives, and no machine.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl create -f - <<'YAML'
apiVersion: v1
kind: Node
metadata:
  name: ghost
  labels: {kubernetes.io/hostname: ghost, kubernetes.io/os: linux, kubernetes.io/arch: amd64}
  annotations: {satrain.dev/may-join: "true"}
YAML
