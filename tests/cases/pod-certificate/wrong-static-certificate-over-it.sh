#!/usr/bin/env bash
# After the certificate's own source stands a ConfigMap whose key takes the place of the kubelet's file.
# fails: certificate, one-hour
set -euo pipefail

volume "$(certificate '"keyType": "ECDSAP256", "maxExpirationSeconds": 86400'), $own_authority"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
kubectl exec "deployment/$APP" -n "$NAMESPACE" -- cat /var/run/mtls/bundle.pem >bundle.pem
kubectl create configmap static -n "$NAMESPACE" --from-file=bundle.pem
rm bundle.pem
volume "$(hourly), {\"configMap\": {\"name\": \"static\"}}, $own_authority"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
