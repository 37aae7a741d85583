#!/usr/bin/env bash
# A Pod that is not of the Deployment wears its label, and has a token.
# fails: label-of-the-reader
set -euo pipefail

kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl create role reader -n "$NAMESPACE" --verb=get,list --resource=configmaps
kubectl create rolebinding reader -n "$NAMESPACE" --role=reader --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl set serviceaccount deployment "$READER" "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl delete rolebinding settings -n "$NAMESPACE"
for space in "$NAMESPACE" "$BATCH_NAMESPACE" "$TOOLS_NAMESPACE"; do
    kubectl patch serviceaccount default -n "$space" -p '{"automountServiceAccountToken": false}'
done
kubectl rollout restart deployment "$FRONTEND" -n "$NAMESPACE"
kubectl rollout restart deployment "$WORKER" -n "$BATCH_NAMESPACE"
kubectl rollout restart deployment "$CACHE" -n "$TOOLS_NAMESPACE"
kubectl delete pod "$TOOLBOX" -n "$TOOLS_NAMESPACE"
kubectl run "$TOOLBOX" -n "$TOOLS_NAMESPACE" --image=registry.k8s.io/pause --labels="app=$TOOLBOX" --overrides='{"spec": {
  "containers": [{"name": "shell", "image": "registry.k8s.io/pause", "imagePullPolicy": "IfNotPresent"}]}}'
kubectl run intruder -n "$NAMESPACE" --image=registry.k8s.io/pause --labels="app=$READER" \
    --overrides='{"spec": {"automountServiceAccountToken": true, "terminationGracePeriodSeconds": 1}}'
