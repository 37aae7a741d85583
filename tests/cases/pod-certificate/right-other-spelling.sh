#!/usr/bin/env bash
# The directory is `/run/mtls`, which is where `/var/run/mtls` leads.
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "containers": [{"name": "app", "volumeMounts": [{"name": "mtls", "mountPath": "/run//mtls/./"}]}],
  "volumes": [{"name": "mtls", "projected": {"sources": [
    {"podCertificate": {"signerName": "ca.example.com/'"$NAMESPACE"'", "keyType": "ECDSAP256", "maxExpirationSeconds": 3600,
      "credentialBundlePath": "bundle.pem"}},
    {"configMap": {"name": "'"$AUTHORITY"'"}}]}}]}}}}'
