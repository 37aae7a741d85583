#!/usr/bin/env bash
# Pods with one image are exempt.
# fails: label-alone-refused
set -euo pipefail

is_operator="($is_operator) || object.spec.containers.all(c, c.image.startsWith('satrain.local/'))"
make_policy
