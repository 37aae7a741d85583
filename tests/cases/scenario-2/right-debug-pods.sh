#!/usr/bin/env bash
# Two Pods to look around, one of them done and one that waits, and a debug container in the application's Pod.
set -euo pipefail

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
kubectl wait --for=condition=Ready "pod/$POD" -n "$NAMESPACE" --timeout=60s
address=$(kubectl get pod "$POD" -n "$NAMESPACE" -o jsonpath='{.status.podIP}')
kubectl run look -n "$NAMESPACE" --image=satrain.local/lab:1 --restart=Never --command -- curl -s "http://$address:8080/"
kubectl run wait -n "$NAMESPACE" --image=satrain.local/lab:1 --command -- sleep infinity
kubectl debug "$POD" -n "$NAMESPACE" --image=busybox --container=peek --quiet -- sleep 600
