# Deletes an application that must go on running.
# fact: ^(workload|exec) \S+ (deployment|pod)/

after() {
    graded '^(workload|exec) \S+ (deployment|pod)/'
    kubectl delete "$workload" -n "$space" --grace-period=1
}
