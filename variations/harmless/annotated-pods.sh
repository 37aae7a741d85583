# Annotates the Pod template of an application.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    change_pod '{"metadata": {"annotations": {"example.com/variation": "reviewed"}}}'
}
