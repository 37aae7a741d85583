#!/usr/bin/env bash
# Whoever puts an annotation on a Pod is exempt.
# fails: label-alone-refused
set -euo pipefail

is_operator="($is_operator) || object.metadata.?annotations[?'example.com/exempt'].orValue('') == 'yes'"
make_policy
