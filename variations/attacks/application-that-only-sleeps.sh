# Has the application sleep instead of working.
# fact: ^workload .*command

after() {
    graded '^workload .*command'
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "command": ["sleep", "infinity"], "args": []}]}}'
}
