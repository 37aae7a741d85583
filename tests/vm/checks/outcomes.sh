#!/bin/bash
# Plays scenario-1 to 3 unsolved, with the reference solution and with a mistake each, and prints what came out: points,
# verdicts and reasons, which must be the same on every machine. How long each play took goes to the file that is named.
set -uo pipefail
times=$1
plays="scenario-1 - reference not-restarted
scenario-2 - reference export-applied-again
scenario-3 - reference all-configmaps"

while read -r -a words; do
    id=${words[0]}
    for solution in "${words[@]:1}"; do
        began=$EPOCHREALTIME
        arguments=(run "$id" --fresh --output json)
        [[ $solution == - ]] || arguments+=(--solution "$solution" --timeout 1200)
        # A Pod of a Deployment has another name each time.
        outcome=$(satrain "${arguments[@]}" 2>/dev/null | grep -E '^ +"(id|verdict|why|percent)":' |
            sed -E 's/-[0-9a-f]{8,10}-[0-9a-z]{5}/-POD/; s/^ +//')
        printf '%s, %s\n%s\n' "$id" "$solution" "${outcome:-nothing came out}"
        awk -v a="$began" -v b="$EPOCHREALTIME" -v what="$id, $solution" 'BEGIN { printf "%.1f s  %s\n", b - a, what }' >>"$times"
    done
    satrain reset "$id" --end >/dev/null 2>&1
done <<<"$plays"
