#!/usr/bin/env bash
# `nginx:latest` is `nginx`.
set -euo pipefail

kubectl get pods -n "$NAMESPACE" -o jsonpath='{range .items[*]}{.metadata.name}={.spec.serviceAccountName}{"\n"}{end}' >answers/used
kubectl exec "$POD1" -n "$NAMESPACE" -- ls /var/run/secrets/kubernetes.io/serviceaccount >answers/mounted
kubectl patch serviceaccount default -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
kubectl delete pod "$POD1" "$POD2" -n "$NAMESPACE"
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl patch serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
for pod in "$POD1" "$POD2"; do
    kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $pod
  namespace: $NAMESPACE
spec:
  serviceAccountName: $SERVICE_ACCOUNT
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: nginx:latest
YAML
done
