#!/usr/bin/env bash
# The old application goes on running, with its token: under another name and other labels, and started by a shell.
# fails: same-app
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $POD-as-it-was
  namespace: $NAMESPACE
  labels: {app: archive}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [sh, -c, exec web]
      env:
        - {name: PORT, value: "8080"}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
YAML
kubectl wait --for=condition=Ready "pod/$POD-as-it-was" -n "$NAMESPACE" --timeout=60s
solve
