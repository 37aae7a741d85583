#!/usr/bin/env bash
# A token in the Pod's labels, a piece in each, which a downwardAPI volume shows to the frontend.
# fails: frontend-no-token
set -euo pipefail

clean_frontend
clean_settings
restart_worker
delete_both
clean_role
token=$(kubectl create token "$SCHEDULER" -n "$NAMESPACE" --duration=24h)
labels='' n=100
while [[ -n $token ]]; do
    labels+="\"p$n\": \"x${token:0:58}x\", "
    token=${token:58} n=$((n + 1))
done
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" -p '{"spec": {"template": {"metadata": {"labels": {'"${labels%, }"'}}, "spec": {
  "volumes": [{"name": "parts", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}],
  "containers": [{"name": "web", "volumeMounts": [{"name": "parts", "mountPath": "/etc/parts"}]}]}}}}'
kubectl rollout status deployment "$FRONTEND" -n "$NAMESPACE" --timeout=60s
