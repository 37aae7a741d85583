# Hardens the container of an application.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "securityContext": {"allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["NET_RAW"]}, "seccompProfile": {"type": "RuntimeDefault"}}}]}}'
}
