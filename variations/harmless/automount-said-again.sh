# Has the Pod say what its ServiceAccount says.
# fact: ^tokenMount \S+ deployment/\S+ \S+ none

after() {
    graded '^tokenMount \S+ deployment/\S+ \S+ none'
    change_pod '{"spec": {"automountServiceAccountToken": false}}'
}
