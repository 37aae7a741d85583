# Scales an application that must go on running to nothing.
# fact: ^(workload|exec) \S+ deployment/

after() {
    graded '^(workload|exec) \S+ deployment/'
    kubectl scale "$workload" -n "$space" --replicas=0
}
