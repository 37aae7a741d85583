#!/usr/bin/env bash
# Two Pods to look around, one of them done and one that waits, and a debug container in the application's Pod.
set -euo pipefail

solve
kubectl wait --for=condition=Ready "pod/$POD" -n "$NAMESPACE" --timeout=60s
address=$(kubectl get pod "$POD" -n "$NAMESPACE" -o jsonpath='{.status.podIP}')
kubectl run look -n "$NAMESPACE" --image=satrain.local/lab:1 --restart=Never --command -- curl -s "http://$address:8080/"
kubectl run wait -n "$NAMESPACE" --image=satrain.local/lab:1 --command -- sleep infinity
kubectl debug "$POD" -n "$NAMESPACE" --image=busybox --container=peek --quiet -- sleep 600
