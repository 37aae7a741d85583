#!/usr/bin/env bash
# The label is read with care.
set -euo pipefail

is_operator="has(object.metadata) && $is_operator"
make_policy
