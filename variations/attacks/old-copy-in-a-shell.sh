# Keeps a copy of the old Pod, started by a shell.
# fact: ^workload .* alone$

before() { remember_pod; }

after() {
    graded '^workload .* alone$'
    copy_pod "$space" '["sh", "-c", "exec '"$(field 'range (index .spec.containers 0).command}}{{.}} {{end')"'"]'
}
