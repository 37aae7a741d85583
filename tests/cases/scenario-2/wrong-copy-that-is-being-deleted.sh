#!/usr/bin/env bash
# A second copy of the application, with its token, is being deleted, and has an hour for it.
# fails: same-app
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: old
  namespace: $NAMESPACE
  labels: {app: archive}
spec:
  terminationGracePeriodSeconds: 3600
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
      env:
        - {name: PORT, value: "8080"}
      lifecycle:
        preStop: {exec: {command: [sleep, "3000"]}}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
YAML
kubectl wait --for=condition=Ready pod/old -n "$NAMESPACE" --timeout=60s
kubectl delete pod old -n "$NAMESPACE" --wait=false
solve
