#!/usr/bin/env bash
# The old application moves to another Namespace, token and all.
# fails: same-app
set -euo pipefail

# The label says whose Namespace it is, since cases are played side by side.
attempt=$(kubectl get namespace "$NAMESPACE" -o jsonpath='{.metadata.labels.satrain\.dev/attempt}')
kubectl apply -f - <<YAML
apiVersion: v1
kind: Namespace
metadata:
  name: $NAMESPACE-archive
  labels: {satrain.dev/attempt: $attempt}
YAML
until kubectl get serviceaccount default -n "$NAMESPACE-archive"; do sleep 0.2; done
kubectl run "$POD" -n "$NAMESPACE-archive" --image=satrain.local/lab:1 --command -- web
kubectl wait --for=condition=Ready "pod/$POD" -n "$NAMESPACE-archive" --timeout=60s
solve
