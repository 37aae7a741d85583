#!/usr/bin/env bash
# A copy on every node, started through the program that all others are links to.
# fails: same-app
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: archive, namespace: $NAMESPACE}
spec:
  selector: {matchLabels: {app: archive}}
  template:
    metadata: {labels: {app: archive}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: satrain.local/lab:1
          command: [sh, -c, "PORT=8080 exec /usr/bin/web"]
YAML
kubectl rollout status daemonset archive -n "$NAMESPACE" --timeout=60s
solve
