#!/usr/bin/env bash
# The rights went to an account of another Namespace, where nobody looks.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create rolebinding elsewhere -n "$NAMESPACE" --role=secret-reader --serviceaccount=default:default
