#!/bin/bash
# In the user's session, after `obstacle.sh make $1`: satrain refuses to start a cluster before it has made anything,
# and says what is missing and how to mend it. After `undo`, `refused.sh $1 undone`: it would start one again.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/expect.sh"
. "$here/snapshot.sh"

case $1 in
    uidmap) missing="newuidmap and newgidmap are not installed" remedy="apt-get install uidmap" ;;
    max-namespaces) missing="user namespaces are disabled" remedy="sysctl -w user.max_user_namespaces=" ;;
    debian-namespaces) missing="user namespaces are disabled" remedy="sysctl -w kernel.unprivileged_userns_clone=1" ;;
    cpu-controller) missing="the session's control group lacks cpu;" remedy="Delegate=cpu cpuset io memory pids" ;;
esac

doctor=$(satrain doctor 2>&1) code=$?
if [[ ${2-} == undone ]]; then
    expect_is "$1 given back: satrain doctor, exit code" 0 "$code"
    expect_has "$1 given back: satrain doctor" "Ready: this machine can run labs." "$doctor"
    conclude
fi
expect_is "without $1: satrain doctor, exit code" 4 "$code"
expect_is "without $1: satrain doctor, how many are missing" 1 "$(grep -c '^  missing ' <<<"$doctor")"
grep -A 1 '^  missing ' <<<"$doctor"

# A state folder that is not there yet shows whether anything is made.
export SATRAIN_STATE=$HOME/refused
for command in "cluster up" "run scenario-2 --solution reference"; do
    # shellcheck disable=SC2086 # several words
    said=$(satrain $command 2>&1) code=$?
    # In one line: it is wrapped at the width of a terminal, in the middle of a command too.
    said=$(tr -s ' \n' ' ' <<<"$said")
    expect_is "without $1: $command, exit code" 4 "$code"
    expect_has "without $1: $command says what is missing" "$missing" "$said"
    expect_has "without $1: $command says how to mend it" "$remedy" "$said"
    expect_is "without $1: $command names nothing else" 1 "$(grep -o ' - ' <<<"$said" | wc -l)"
    made=$(find "$SATRAIN_STATE" 2>/dev/null | head -n 5)$(cluster_processes | cut -c 1-80)$(cluster_units)
    expect_is "without $1: $command makes nothing" "no folder, no process, no unit" "${made:-no folder, no process, no unit}"
    [[ -z $made ]] || satrain cluster down
    rm -rf "$SATRAIN_STATE"
done
conclude
