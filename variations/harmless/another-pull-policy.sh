# Has the image pulled only where it is not there.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "imagePullPolicy": "IfNotPresent"}]}}'
}
