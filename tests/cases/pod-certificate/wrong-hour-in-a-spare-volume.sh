#!/usr/bin/env bash
# The certificate that the application uses is asked for without a lifetime, that is, for a day; the hour is in a volume of
# an earlier try that nobody mounts.
# fails: one-hour
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "containers": [{"name": "app", "volumeMounts": [{"name": "mtls", "mountPath": "/var/run/mtls", "readOnly": true}]}],
  "volumes": [
    {"name": "mtls", "projected": {"sources": [
      {"podCertificate": {"signerName": "ca.example.com/'"$NAMESPACE"'", "keyType": "ECDSAP256", "credentialBundlePath": "bundle.pem"}},
      {"configMap": {"name": "'"$AUTHORITY"'"}}]}},
    {"name": "first-try", "projected": {"sources": [
      {"podCertificate": {"signerName": "ca.example.com/'"$NAMESPACE"'", "keyType": "ECDSAP256", "maxExpirationSeconds": 3600,
        "credentialBundlePath": "bundle.pem"}}]}}]}}}}'
