# Leaves a Job that is done.

after() {
    kubectl apply -f - <<END
apiVersion: batch/v1
kind: Job
metadata: {name: variation, namespace: ${spaces%% *}}
spec:
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      containers: [{name: job, image: satrain.local/lab:1, command: ["true"]}]
END
    kubectl wait --for=condition=Complete job/variation -n "${spaces%% *}" --timeout=30s
}
