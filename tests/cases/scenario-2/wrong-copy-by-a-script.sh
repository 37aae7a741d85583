#!/usr/bin/env bash
# A second copy of the application, with its token: a script of a ConfigMap starts it, and of its pages one is taken.
# fails: same-app
set -euo pipefail

solve
kubectl create configmap start -n "$NAMESPACE" --from-literal=run="exec web"
kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: old
  namespace: $NAMESPACE
  labels: {app: archive}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [sh, /start/run]
      env:
        - {name: PORT, value: "8080"}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
        - {name: start, mountPath: /start}
  volumes:
    - name: pages
      configMap: {name: $POD-pages, items: [{key: index.html, path: index.html}]}
    - name: start
      configMap: {name: start}
YAML
kubectl wait --for=condition=Ready pod/old -n "$NAMESPACE" --timeout=60s
