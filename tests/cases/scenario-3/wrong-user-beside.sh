#!/usr/bin/env bash
# A second binding that names it as a User.
# fails: nothing-more
set -euo pipefail

make_account
make_role
make_binding
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --clusterrole=view --user="system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT"
move_app
