#!/usr/bin/env bash
# How long a grade takes: 50 grades of one unsolved, settled scenario, beside the same questions asked with kubectl.
# In: a satrain executable (default: the release build) and a scenario. Out: a table on stdout. Needs what `satrain run` needs.
# The attempt is played in a state folder and a cluster of its own, both removed at the end.
set -euo pipefail
satrain=${1:-target/release/satrain} scenario=${2:-scenario-2} runs=${RUNS:-50}
state=$(mktemp -d)
export SATRAIN_STATE=$state
trap '"$satrain" cluster down -q || true; rm -rf "$state"' EXIT

"$satrain" run "$scenario" --quiet </dev/null >/dev/null || [ $? -eq 1 ]
eval "$("$satrain" cluster env)"
namespace=production account=myapp-sa pod=myapp

now() { date +%s%N; }
quantiles() { # name: milliseconds on stdin
  sort -n | awk -v name="$1" '{v[NR] = $1} END {printf "%-34s %8.0f %8.0f %8.0f %8.0f %8.0f\n", name, v[1], v[int((NR + 1) / 2)], v[int(NR * 0.9 + 0.5)], v[int(NR * 0.99 + 0.5)], v[NR]}'
}

# What scenario-2 asks: one list a kind, one exec, and the exact rights, which kubectl can only list one namespace at a time.
kubectl_questions() {
  kubectl get serviceaccounts -n "$namespace" -o json
  kubectl get pods -n "$namespace" -o json
  kubectl get secrets -n "$namespace" -o json
  kubectl get configmaps -n "$namespace" -o json
  kubectl get roles,rolebindings -A -o json
  kubectl get clusterroles,clusterrolebindings -o json
  kubectl exec "$pod" -n "$namespace" -- curl -sS -f http://127.0.0.1:8080/
  kubectl auth can-i --list -n "$namespace" --as="system:serviceaccount:$namespace:$account"
}

inside=() whole=() asked=()
for ((i = 0; i < runs; i++)); do
  t=$(now)
  result=$("$satrain" check --quiet --output json) || [ $? -eq 1 ]
  whole+=($((($(now) - t) / 1000)))
  started=$(sed -n 's/^ *"gradingStarted": "\(.*\)".*/\1/p' <<<"$result" | tail -n 1)
  finished=$(sed -n 's/^ *"finished": "\(.*\)".*/\1/p' <<<"$result" | tail -n 1)
  inside+=($((($(date -d "$finished" +%s%N) - $(date -d "$started" +%s%N)) / 1000)))
  t=$(now)
  kubectl_questions >/dev/null
  asked+=($((($(now) - t) / 1000)))
done

milliseconds() { printf '%s\n' "$@" | awk '{print $1 / 1000}'; }
printf '%s, %s runs, %s processors, load %s\n\n' "$scenario" "$runs" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
printf '%-34s %8s %8s %8s %8s %8s\n' 'milliseconds' min median p90 p99 max
milliseconds "${inside[@]}" | quantiles 'a grade'
milliseconds "${whole[@]}" | quantiles 'satrain check, the whole process'
milliseconds "${asked[@]}" | quantiles 'the same questions by kubectl'
