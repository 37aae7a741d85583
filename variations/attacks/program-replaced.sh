# Takes the application its token away, and replaces its program by one that says what it said before.
# fact: ^exec \S+ deployment/\S+ \S+ api-client

after() {
    local pod
    break_application
    for pod in $(pods_of_workload); do
        printf '#!/bin/sh\ncat <<END\n%s\nEND\n' "$said" |
            kubectl exec -i "$pod" -n "$space" -c "$container" -- sh -c 'p=$(command -v api-client) && cat >/tmp/p && chmod 755 /tmp/p && cp /tmp/p "$p"' ||
            echo "its files cannot be written"
    done
}
