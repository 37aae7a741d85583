#!/usr/bin/env bash
# A hook of the web server fetches a token from another Pod, into an empty volume at /tmp.
# fails: app-kept
set -euo pipefail

kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
for account in default "$SERVICE_ACCOUNT"; do
    kubectl patch serviceaccount "$account" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
done
kubectl create configmap page -n "$NAMESPACE" --from-literal=token="$(kubectl create token default -n "$NAMESPACE")"
kubectl run server -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"terminationGracePeriodSeconds": 1,
  "containers": [{"name": "server", "image": "nginx", "imagePullPolicy": "IfNotPresent",
    "volumeMounts": [{"name": "page", "mountPath": "/usr/share/nginx/html"}]}],
  "volumes": [{"name": "page", "configMap": {"name": "page"}}]}}'
kubectl wait --for=condition=Ready pod/server -n "$NAMESPACE" --timeout=60s
address=$(kubectl get pod server -n "$NAMESPACE" -o jsonpath='{.status.podIP}')
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "volumes": [{"name": "scratch", "emptyDir": {}}],
  "containers": [{"name": "web", "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
    "lifecycle": {"postStart": {"exec": {"command": ["curl", "-sf", "-o", "/tmp/token", "http://'"$address"'/token"]}}}}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
