#!/usr/bin/env bash
# Pods with one host name are exempt.
# fails: label-alone-refused
set -euo pipefail

is_operator="($is_operator) || object.spec.?hostname.orValue('') == 'backdoor'"
make_policy
