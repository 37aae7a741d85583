#!/usr/bin/env bash
# Strangers are told what only those who log in were: one more subject of a binding that was there.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl patch clusterrolebinding system:basic-user --type=json -p '[{"op": "add", "path": "/subjects/-", "value":
  {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}}]'
