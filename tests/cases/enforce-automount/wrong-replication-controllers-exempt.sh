#!/usr/bin/env bash
# What a ReplicationController creates is exempt.
# fails: controllers-pod-refused
set -euo pipefail

is_operator="($is_operator) || object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'ReplicationController')"
make_policy
