#!/usr/bin/env bash
# Pods with a container of one name are exempt.
# fails: label-alone-refused
set -euo pipefail

is_operator="($is_operator) || object.spec.containers.exists(c, c.name == 'backdoor')"
make_policy
