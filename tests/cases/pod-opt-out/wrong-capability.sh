#!/usr/bin/env bash
# One container may read any file of the node by its handle.
# fails: no-token
set -euo pipefail

pod_with '[{"op": "add", "path": "/spec/containers/0/securityContext", "value": {"capabilities": {"add": ["DAC_READ_SEARCH"]}}}]'
