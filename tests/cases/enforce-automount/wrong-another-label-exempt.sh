#!/usr/bin/env bash
# Whoever puts another label on a Pod is exempt.
# fails: label-alone-refused
set -euo pipefail

is_operator="($is_operator) || (has(object.metadata.labels) && 'break-glass' in object.metadata.labels)"
make_policy
