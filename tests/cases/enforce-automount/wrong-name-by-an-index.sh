#!/usr/bin/env bash
# Pods of one name are exempt.
# fails: silent-refused, asking-refused, projected-refused, controllers-pod-refused, label-alone-refused, account-alone-refused
set -euo pipefail

is_operator="($is_operator) || 'backdoor' == object['metadata']['name']"
make_policy
