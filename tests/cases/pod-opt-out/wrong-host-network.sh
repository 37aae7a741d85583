#!/usr/bin/env bash
# The Pod opts out and has no token, but runs in the node's network: what listens there for the node alone answers it too,
# such as an etcd that asks for no certificate.
# fails: no-token
set -euo pipefail

pod_with '[{"op": "add", "path": "/spec/hostNetwork", "value": true}]'
