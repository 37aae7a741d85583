#!/bin/bash
# In a session of the virtual machine: a cluster is started, a scenario played to 100 points and to none, a restricted
# Pod run, and the cluster ended without a trace. With `killed` the supervisor is killed once in between, and the cluster comes
# back with what was made.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/expect.sh"
. "$here/snapshot.sh"
notes=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$notes"' EXIT

# Slow machines get more time to start; nothing here depends on how much is used.
# shellcheck disable=SC2329 # called by `timed`
up() { satrain cluster up --timeout 1200 "$@"; }
namespaces() { kubectl get namespaces -o jsonpath='{.items[*].metadata.name}' 2>&1; }
points() { grep -m 1 -o '"points": [0-9]*' <<<"$1"; }

# What a session's manager starts at first use is not the cluster's.
((EUID == 0)) || systemd-run --user --scope --quiet true
snapshot "$notes/before"

timed "cluster up" up --timings
printf '  %s\n' "$(grep ' s  ' <<<"$said")"
expect_is "cluster up, exit code" 0 "$code"
timed "cluster status" satrain cluster status
expect_has "cluster status" "satrain: running" "$said"
grep -E '^  (Memory|Folder)' <<<"$said"
processes_seen=$(cluster_processes) groups_seen=$(cluster_groups) units_seen=$(cluster_units)
expect_has "systemd keeps the cluster in a unit of its own" "satrain-" "$units_seen"
expect_has "the cluster's processes are the user's" "$(id -un)" "$(ps -o user= -p "$(pgrep -o -f 'satrain supervise')")"

timed "run scenario-2 --solution reference" satrain run scenario-2 --solution reference --timeout 1200 --output json
expect_is "solved, exit code" 0 "$code"
expect_is "solved" '"points": 100' "$(points "$said")"
((code == 0)) || tail -n 20 <<<"$said"
timed "run scenario-2, nothing done" satrain run scenario-2 --fresh --output json
expect_is "unsolved, exit code" 1 "$code"
expect_is "unsolved" '"points": 0' "$(points "$said")"
((code == 1)) || tail -n 20 <<<"$said"

eval "$(satrain cluster env)"
# shellcheck disable=SC2329 # called by `timed`
restricted() {
    kubectl apply -f "$here/strict.yaml" && kubectl -n strict wait --for=condition=Ready pod/strict --timeout=600s
}
timed "a restricted Pod" restricted
expect_is "a restricted Pod is Ready, exit code" 0 "$code"
((code == 0)) || kubectl -n strict get events
# shellcheck disable=SC2016 # the Pod's own shell
timed "kubectl exec" kubectl -n strict exec strict -- sh -c '
    id
    grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\t" " "
    echo "memory.max $(cat /sys/fs/cgroup/memory.max)"
    echo "cpu.max $(cat /sys/fs/cgroup/cpu.max)"
    touch /data/file && stat -c "file of %u:%g" /data/file'
expect_is "kubectl exec, exit code" 0 "$code"
expect_has "runAsUser and fsGroup" "uid=1234 gid=0(root) groups=0(root),2345" "$said"
expect_has "no capabilities" "CapEff: 0000000000000000" "$said"
expect_has "no new privileges" "NoNewPrivs: 1" "$said"
expect_has "seccomp filter" "Seccomp: 2" "$said"
expect_has "memory limit, in the Pod's control group" "memory.max 33554432" "$said"
expect_has "CPU limit, in the Pod's control group" "cpu.max 20000 100000" "$said"
expect_has "a file in its volume" "file of 1234:2345" "$said"

if [[ ${1-} == killed ]]; then
    supervisor=$(satrain cluster status | sed -n 's/^ *Supervisor *process //p')
    expect_has "the supervisor" "satrain supervise" "$(ps -o args= -p "${supervisor:-0}")"
    made=$(namespaces)
    expect_has "what was made" " strict" "$made"
    kill -9 "$supervisor"
    # The kernel takes a moment to end hundreds of threads.
    for ((i = 0; i < 600; i++)); do
        [[ -n $(cluster_processes)$(cluster_groups) ]] || break
        sleep 0.1
    done
    expect_gone "after kill -9 of the supervisor, processes" "$processes_seen" "$(cluster_processes)"
    expect_gone "after kill -9 of the supervisor, control groups" "$groups_seen" "$(cluster_groups)"
    expect_gone "after kill -9 of the supervisor, units" "$units_seen" "$(cluster_units)"
    timed "cluster up again" up
    expect_is "cluster up again, exit code" 0 "$code"
    ((code == 0)) || tail -n 20 <<<"$said"
    expect_is "the cluster answers" "satrain-node" "$(kubectl get nodes -o jsonpath='{.items[*].metadata.name}' 2>&1)"
    expect_is "what was made is there again" "$made" "$(namespaces)"
    timed "the restricted Pod again" kubectl -n strict wait --for=condition=Ready pod/strict --timeout=600s
    expect_is "the restricted Pod is Ready again, exit code" 0 "$code"
fi

timed "cluster down" satrain cluster down
expect_is "cluster down, exit code" 0 "$code"
expect_gone "after the end, processes" "$processes_seen" "$(cluster_processes)"
expect_gone "after the end, control groups" "$groups_seen" "$(cluster_groups)"
expect_gone "after the end, units" "$units_seen" "$(cluster_units)"
snapshot "$notes/after"
expect_unchanged "$notes/before" "$notes/after"
conclude
