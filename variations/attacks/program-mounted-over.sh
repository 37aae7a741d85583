# Takes the application its token away, and mounts another program over its own.
# fact: ^exec \S+ deployment/\S+ \S+ api-client

after() {
    break_application
    kubectl create configmap variation -n "$space" --from-literal=program="$(printf '#!/bin/sh\nwhile [ "$1" != once ]; do sleep 1; done\ncat <<END\n%s\nEND\n' "$said")"
    local path
    path=$(kubectl exec "$workload" -n "$space" -c "$container" -- sh -c 'command -v api-client')
    change_pod '{"spec": {"volumes": [{"name": "variation", "configMap": {"name": "variation", "defaultMode": 493}}],
        "containers": [{"name": "'"$container"'", "volumeMounts": [{"name": "variation", "mountPath": "'"$path"'", "subPath": "program"}]}]}}'
}
