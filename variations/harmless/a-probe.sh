# Gives the container of an application a probe.
# fact: ^exec \S+ deployment/

after() {
    graded '^exec \S+ deployment/'
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "readinessProbe": {"periodSeconds": 1, "exec": {"command": ["true"]}}}]}}'
}
