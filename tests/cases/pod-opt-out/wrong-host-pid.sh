#!/usr/bin/env bash
# The Pod sees the node's processes. Root in a container reads the files of other Pods' containers through
# /proc/PID/root without any further power.
# fails: no-token
set -euo pipefail

pod_with '[{"op": "add", "path": "/spec/hostPID", "value": true}]'
