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
kubectl apply -f - <<YAML
apiVersion: v1
kind: ServiceAccount
metadata:
  name: $SERVICE_ACCOUNT
  namespace: $NAMESPACE
automountServiceAccountToken: false
YAML
kubectl replace --force -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $POD
  namespace: $NAMESPACE
  labels: {app: $POD, tier: web}
spec:
  serviceAccountName: $SERVICE_ACCOUNT
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [web]
      env:
        - {name: PORT, value: "8080"}
      ports:
        - {name: http, containerPort: 8080}
      volumeMounts:
        - {name: pages, mountPath: /usr/share/nginx/html}
  volumes:
    - name: pages
      configMap: {name: $POD-pages}
YAML
