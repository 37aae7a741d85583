#!/usr/bin/env bash
# The Deployment is paused, and its ReplicaSet changed: the token comes back as soon as the rollout goes on.
# fails: app-no-token, app-kept
set -euo pipefail

predict
kubectl rollout pause deployment "$APP" -n "$NAMESPACE"
names='{range .items[*]}{.metadata.ownerReferences[0].name} {.metadata.name}{"\n"}{end}'
set=$(kubectl get replicasets -n "$NAMESPACE" -o jsonpath="$names" | sed -n "s/^$APP //p" | head -n 1)
kubectl patch replicaset "$set" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
pods=$(kubectl get pods -n "$NAMESPACE" -o jsonpath="$names" | sed -n "s/^$set //p")
xargs kubectl delete pods -n "$NAMESPACE" <<<"$pods"
kubectl wait --for=jsonpath='{.status.readyReplicas}'=1 "replicaset/$set" -n "$NAMESPACE" --timeout=60s
