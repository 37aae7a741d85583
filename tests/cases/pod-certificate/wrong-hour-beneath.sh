#!/usr/bin/env bash
# Both volumes are mounted at the same place, and the one with the hour lies beneath.
# fails: certificate, one-hour
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "containers": [{"name": "app", "volumeMounts": [
    {"name": "first-try", "mountPath": "/var/run/mtls"}, {"name": "mtls", "mountPath": "/var/run/mtls/"}]}],
  "volumes": [
    {"name": "mtls", "projected": {"sources": [
      {"podCertificate": {"signerName": "ca.example.com/'"$NAMESPACE"'", "keyType": "ECDSAP256", "credentialBundlePath": "bundle.pem"}},
      {"configMap": {"name": "'"$AUTHORITY"'"}}]}},
    {"name": "first-try", "projected": {"sources": [
      {"podCertificate": {"signerName": "ca.example.com/'"$NAMESPACE"'", "keyType": "ECDSAP256", "maxExpirationSeconds": 3600,
        "credentialBundlePath": "bundle.pem"}}]}}]}}}}'
