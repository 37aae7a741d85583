#!/usr/bin/env bash
# The container runtime's socket starts any container on the node.
# fails: no-token, same-app
set -euo pipefail

kubectl delete pod "$POD" -n "$NAMESPACE"
kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $POD
  namespace: $NAMESPACE
  labels: {app: $POD, tier: web}
spec:
  serviceAccountName: $SERVICE_ACCOUNT
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
      env:
        - {name: PORT, value: "8080"}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
        - {name: runtime, mountPath: /runtime}
    - name: log-shipper
      image: satrain.local/lab:1
      command: [sleep, infinity]
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
    - name: runtime
      hostPath: {path: /run/containerd}
YAML
