#!/bin/bash
# In a session of the virtual machine: three scenarios give the verdicts and reasons that they gave outside (outcomes.txt).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/expect.sh"
notes=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$notes"' EXIT

timed "cluster up" satrain cluster up --timeout 1200
expect_is "cluster up, exit code" 0 "$code"
satrain cluster status | grep -E '^  Memory'
"$here/outcomes.sh" "$notes/times" >"$notes/outcomes"
sed 's/^/· /' "$notes/times"
expect_same "points, verdicts and reasons of nine plays" "$here/outcomes.txt" "$notes/outcomes"
satrain cluster down
conclude
