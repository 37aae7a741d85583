#!/usr/bin/env bash
# One Pod is privileged: the node's disks are its own.
# fails: pod1-no-token
set -euo pipefail

kubectl get pods -n "$NAMESPACE" -o jsonpath='{range .items[*]}{.metadata.name}={.spec.serviceAccountName}{"\n"}{end}' >answers/used
kubectl exec "$POD1" -n "$NAMESPACE" -- ls /var/run/secrets/kubernetes.io/serviceaccount >answers/mounted
kubectl patch serviceaccount default -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
kubectl delete pod "$POD1" "$POD2" -n "$NAMESPACE"
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl patch serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
kubectl run "$POD1" -n "$NAMESPACE" --image=nginx --privileged \
    --overrides='{"spec": {"serviceAccountName": "'"$SERVICE_ACCOUNT"'"}}'
kubectl run "$POD2" -n "$NAMESPACE" --image=nginx --overrides='{"spec": {"serviceAccountName": "'"$SERVICE_ACCOUNT"'"}}'
