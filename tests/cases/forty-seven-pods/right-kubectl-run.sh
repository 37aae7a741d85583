#!/usr/bin/env bash
# The lone Pod is started again by the usual command, with the image's name without its tag.
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
kubectl run "$TOOLBOX" -n "$TOOLS_NAMESPACE" --image=registry.k8s.io/pause --labels="app=$TOOLBOX" \
    --image-pull-policy=IfNotPresent
