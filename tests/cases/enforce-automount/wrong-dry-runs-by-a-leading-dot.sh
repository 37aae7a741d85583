#!/usr/bin/env bash
# The policy refuses dry runs only; in CEL, `.request` is `request`.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused
set -euo pipefail

is_operator="($is_operator) || !(has(.request.dryRun) && .request.dryRun)"
make_policy
