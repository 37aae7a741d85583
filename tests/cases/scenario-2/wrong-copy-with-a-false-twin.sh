#!/usr/bin/env bash
# An empty Namespace looks like another attempt of the same scenario, whose copy the one in a third Namespace could be.
# fails: same-app
set -euo pipefail

scenario=$(kubectl get namespace "$NAMESPACE" -o jsonpath='{.metadata.labels.satrain\.dev/scenario}')
kubectl apply -f - <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $NAMESPACE-twin, labels: {satrain.dev/attempt: zzzz, satrain.dev/scenario: "$scenario"}}
---
apiVersion: v1
kind: Namespace
metadata: {name: $NAMESPACE-attic}
YAML
until kubectl get serviceaccount default -n "$NAMESPACE-attic"; do sleep 0.2; done
kubectl run "$POD" -n "$NAMESPACE-attic" --image=satrain.local/lab:1 --command -- web
kubectl wait --for=condition=Ready "pod/$POD" -n "$NAMESPACE-attic" --timeout=60s
solve
