#!/usr/bin/env bash
# A role of the cluster is deleted, an account of kube-system gives no token any more, and a quota forbids Pods elsewhere.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl delete clusterrole view
kubectl patch serviceaccount default -n kube-system -p '{"automountServiceAccountToken": false}'
kubectl create quota none -n default --hard=pods=0
