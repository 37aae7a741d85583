#!/usr/bin/env bash
# An account that nobody grades may do everything in a new Namespace: start privileged Pods there, say.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl create namespace "$NAMESPACE-attic"
kubectl create role all -n "$NAMESPACE-attic" --verb='*' --resource='*'
kubectl create rolebinding all -n "$NAMESPACE-attic" --role=all --serviceaccount="$NAMESPACE:$OPEN_ACCOUNT"
