#!/usr/bin/env bash
# Both tokens are dead. The application has no token of its own; a Pod beside it asks for the same with one.
# fails: app-works
set -euo pipefail

claims() { cut -d. -f2 "$1" | tr '_-' '/+' | base64 -d 2>/dev/null || true; }
claims stolen/amber | sed 's/.*"pod":{"name":"\([^"]*\)".*/\1/' >answers/pod
claims stolen/cobalt | sed 's/.*secret.name":"\([^"]*\)".*/\1/' >answers/secret
kubectl delete secret "$(cat answers/secret)" -n "$NAMESPACE"
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
kubectl run beside -n "$NAMESPACE" --image=satrain.local/lab:1 --overrides='{"spec": {"serviceAccountName": "'"$SERVICE_ACCOUNT"'",
    "terminationGracePeriodSeconds": 0}}' --env="API_PATHS=/api/v1/namespaces/$NAMESPACE/configmaps/kube-root-ca.crt" \
    --env=INTERVAL=50ms --command -- api-client
kubectl wait --for=condition=Ready pod/beside -n "$NAMESPACE" --timeout=30s
