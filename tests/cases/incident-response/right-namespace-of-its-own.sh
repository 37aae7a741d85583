#!/usr/bin/env bash
# Somebody else's application comes into a new Namespace, with an account and rights of its own there.
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create namespace "$NAMESPACE-shop"
kubectl create serviceaccount shop -n "$NAMESPACE-shop"
kubectl create rolebinding shop -n "$NAMESPACE-shop" --clusterrole=edit --serviceaccount="$NAMESPACE-shop:shop"
kubectl create rolebinding jane -n "$NAMESPACE-shop" --clusterrole=edit --user=jane
