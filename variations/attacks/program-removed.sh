# Takes the application its token away, and removes the program that would show it.
# fact: ^exec \S+ deployment/\S+ \S+ api-client

after() {
    local pod
    break_application
    for pod in $(pods_of_workload); do
        kubectl exec "$pod" -n "$space" -c "$container" -- sh -c 'rm "$(command -v api-client)"' || echo "its files cannot be removed"
    done
}
