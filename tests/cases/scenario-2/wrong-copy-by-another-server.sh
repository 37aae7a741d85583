#!/usr/bin/env bash
# Another program in another image serves the same page, as `default` and with its token.
# fails: same-app
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: archive, namespace: $NAMESPACE}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 1
      restartPolicy: Never
      containers:
        - name: pages
          image: busybox
          command: [httpd, -f, -p, "8080", -h, /usr/share/nginx/html]
          volumeMounts:
            - {name: pages, mountPath: /usr/share/nginx/html}
      volumes:
        - name: pages
          configMap: {name: $POD-pages}
YAML
kubectl wait --for=jsonpath='{.status.ready}'=1 job/archive -n "$NAMESPACE" --timeout=60s
solve
