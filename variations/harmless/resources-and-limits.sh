# Gives the container of an application resources and limits.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "resources": {"requests": {"cpu": "1m", "memory": "4Mi"},
        "limits": {"memory": "512Mi"}}}]}}'
}
