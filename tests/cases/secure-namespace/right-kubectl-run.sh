#!/usr/bin/env bash
# The usual command names the container after the Pod, and labels the Pod. A Pod that looked at one of them is done.
set -euo pipefail

kubectl get pods -n "$NAMESPACE" -o jsonpath='{range .items[*]}{.metadata.name}={.spec.serviceAccountName}{"\n"}{end}' >answers/used
kubectl exec "$POD1" -n "$NAMESPACE" -- ls /var/run/secrets/kubernetes.io/serviceaccount >answers/mounted
kubectl patch serviceaccount default -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
kubectl delete pod "$POD1" "$POD2" -n "$NAMESPACE"
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl patch serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
for pod in "$POD1" "$POD2"; do
    kubectl run "$pod" -n "$NAMESPACE" --image=nginx \
        --overrides='{"spec": {"serviceAccountName": "'"$SERVICE_ACCOUNT"'"}}'
done
kubectl run look -n "$NAMESPACE" --image=busybox --restart=Never --command -- true
