#!/usr/bin/env bash
# A second copy of the application: a script starts it, which comes from a projected volume, and it has no pages.
# fails: same-app
set -euo pipefail

solve
# shellcheck disable=SC2016 # for the Pod's shell
kubectl create configmap start -n "$NAMESPACE" --from-literal=run='echo starting; exec "$(which web)"'
kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: old
  namespace: $NAMESPACE
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: satrain.local/lab:1
      command: [sh]
      args: [/start/run]
      volumeMounts:
        - {name: start, mountPath: /start}
  volumes:
    - name: start
      projected: {sources: [{configMap: {name: start}}]}
YAML
kubectl wait --for=condition=Ready pod/old -n "$NAMESPACE" --timeout=60s
