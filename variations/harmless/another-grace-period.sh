# Gives the Pods of an application another time to end.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    change_pod '{"spec": {"terminationGracePeriodSeconds": 2}}'
}
