#!/usr/bin/env bash
# Whoever has no credential at all may do everything in a new Namespace.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create namespace "$NAMESPACE-attic"
kubectl create role all -n "$NAMESPACE-attic" --verb='*' --resource='*'
kubectl create rolebinding all -n "$NAMESPACE-attic" --role=all --user=system:anonymous
