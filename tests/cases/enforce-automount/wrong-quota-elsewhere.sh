#!/usr/bin/env bash
# A quota forbids Pods in another Namespace.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl create quota none -n kube-system --hard=pods=0
