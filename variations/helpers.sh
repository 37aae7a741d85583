# What the scripts of the library share.
#
# In: `$reference`, the file of the reference solution; `$spaces`, the attempt's Namespaces; `$here`, a folder of the
# play, with `facts` (what is graded) and `shims` (first on the PATH of the reference solution).

# Does not fit here. Only before anything was changed.
skip() { # REASON
    echo "$*"
    exit 77
}

# Did not do what the variation says: an error, since nothing was tried.
no_effect() { # REASON
    echo "$*"
    exit 78
}

play_reference() { PATH="$here/shims:$PATH" bash -euo pipefail "$reference"; }

# In such a program: what a command of kubectl would make of objects, but for their metadata.
would_make() { # COMMAND…
    "$kubectl" "$@" --dry-run=server -o \
        go-template='{{range $key, $value := .}}{{if and (ne $key "metadata") (ne $key "status")}}{{$key}}={{$value}} {{end}}{{end}}'
}

# Puts a program in front of the kubectl of the reference solution; `$kubectl` is the real one. Its text comes on stdin.
shim_kubectl() {
    {
        printf '#!/usr/bin/env bash\nset -euo pipefail\nkubectl=%q here=%q\n' "$(command -v kubectl)" "$here"
        declare -f would_make
        cat
    } >"$here/shims/kubectl"
    chmod +x "$here/shims/kubectl"
}

# Tries a command for ten seconds.
eventually() { # COMMAND…
    local _
    for _ in {1..50}; do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    no_effect "still not: $*"
}

# Sets `space` and `workload` to the first that a fact names, of those that are there, and `container` to its first
# container. In: what the fact must match.
graded() { # REGEX
    local fact kind selector
    while IFS= read -r fact; do
        [[ $fact =~ $1 ]] || continue
        read -r kind space workload selector _ <<<"$fact"
        ! resolve "$selector" || return 0
    done <"$here/facts"
    skip "no such workload is graded"
}

# The first workload that may hold no token, or only a certain one.
tokenless() { graded '^tokenMount '; }

# From `pods` with a selector to what makes them.
resolve() { # SELECTOR
    local pod owner options=()
    if [[ $workload == pods ]]; then
        [[ $1 == - ]] || options=(--selector "$1")
        pod=$(kubectl get pods -n "$space" "${options[@]}" -o jsonpath='{.items[0].metadata.name}' 2>/dev/null) || return 1
        owner=$(kubectl get pod "$pod" -n "$space" -o jsonpath='{.metadata.ownerReferences[0].name}')
        workload=pod/$pod
        [[ -z $owner ]] || workload=deployment/${owner%-*}
    fi
    container=$(field '(index .spec.containers 0).name' 2>/dev/null)
}

# A field of the Pod, or of the Pod template, of `$space/$workload`, as a Go template names it.
field() { # FIELD
    kubectl get "$workload" -n "$space" -o go-template="{{if .spec.template}}{{with .spec.template}}{{$1}}{{end}}{{else}}{{$1}}{{end}}"
}

# The ServiceAccount of `$space/$workload`.
account_of_workload() {
    local name
    name=$(field .spec.serviceAccountName)
    [[ -n $name && $name != '<no value>' ]] || name=default
    echo "$name"
}

# The labels by which `$space/$workload` finds its Pods.
selector_of_workload() {
    local labels
    labels=$(kubectl get "$workload" -n "$space" -o go-template='{{range $key, $value := .spec.selector.matchLabels}}{{$key}}={{$value}},{{end}}')
    echo "${labels%,}"
}

# The names of the running Pods of `$space/$workload`.
pods_of_workload() {
    if [[ $workload == pod/* ]]; then
        echo "${workload#pod/}"
        return
    fi
    kubectl get pods -n "$space" -l "$(selector_of_workload)" \
        -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}'
}

# A Pod of `$space/$workload` that stays: one of an earlier template may go at any moment.
settled_pod() {
    [[ $workload == pod/* ]] || kubectl rollout status "$workload" -n "$space" --timeout=60s >"$here/rollout"
    pods_of_workload | sed -n 1p
}

# Passes the variation over where the container cannot run such a program: an image may hold nothing but its application.
must_run() { # COMMAND…
    kubectl exec "$(settled_pod)" -n "$space" -c "$container" -- "$@" >/dev/null 2>&1 || skip "its container has no $1"
}

# Changes the Pod of `$space/$workload` by a strategic merge patch for a Pod, and waits until the new one is ready.
change_pod() { # PATCH
    if [[ $workload == pod/* ]]; then
        kubectl get "$workload" -n "$space" -o yaml >"$here/pod.yaml"
        kubectl patch --local -f "$here/pod.yaml" --type=strategic -p "$1" -o yaml >"$here/changed.yaml"
        kubectl replace --force --grace-period=1 -f "$here/changed.yaml"
        kubectl wait --for=condition=Ready "$workload" -n "$space" --timeout=60s
    else
        kubectl patch "$workload" -n "$space" --type=strategic -p '{"spec": {"template": '"$1"'}}'
        kubectl rollout status "$workload" -n "$space" --timeout=60s
    fi >"$here/changing" 2>&1 || no_effect "no Pod with the change becomes ready: $(tail -n 2 "$here/changing")"
}

# A patch that mounts a volume into the first container.
mount_volume() { # SOURCE [MORE-OF-THE-MOUNT]
    printf '{"spec": {"volumes": [{"name": "variation", %s}], "containers": [{"name": "%s", "volumeMounts": [
        {"name": "variation", "mountPath": "/var/run/variation"%s}]}]}}' "$1" "$container" "${2:-}"
}

# A token of the workload's own ServiceAccount.
fresh_token() { kubectl create token "$(account_of_workload)" -n "$space" --duration=1h; }

# A Secret `variation-token` with a long-lived token of the workload's own ServiceAccount.
legacy_secret() {
    kubectl apply -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: variation-token
  namespace: $space
  annotations: {kubernetes.io/service-account.name: $(account_of_workload)}
type: kubernetes.io/service-account-token
END
    kubectl wait --for=jsonpath='{.data.token}' secret/variation-token -n "$space" --timeout=20s || no_effect "it gets no token"
}

# Sets `space` and `account` to the first ServiceAccount whose rights are graded in full, of those that are there.
graded_account() {
    local kind how
    while read -r kind space account how; do
        [[ $kind == access && $how == exactly ]] || continue
        ! kubectl get serviceaccount "$account" -n "$space" -o name >/dev/null 2>&1 || return 0
    done <"$here/facts"
    skip "no ServiceAccount is there whose rights are graded"
}

# Waits until the ServiceAccount may do it.
may() { # VERB RESOURCE [OPTION…]
    eventually kubectl auth can-i "$1" "$2" -n "$space" --as="system:serviceaccount:$space:$account" -q "${@:3}"
}

# Makes objects from stdin.
make() { kubectl apply -f - >/dev/null; }

# Removes such objects.
unmake() { kubectl delete --ignore-not-found --wait=false "$@" >/dev/null; }

# Remembers the Pod of a workload that no other may be a copy of, before anything is changed.
remember_pod() {
    graded '^workload .* alone$'
    [[ $workload == pod/* ]] || skip "it is no single Pod"
    kubectl get "$workload" -n "$space" -o json >"$here/old.json"
}

# Makes a copy of the remembered Pod, which holds its token as before.
copy_pod() { # NAMESPACE COMMAND
    kubectl patch --local -f "$here/old.json" -o json --type=json -p '[
        {"op": "replace", "path": "/metadata", "value": {"name": "variation", "namespace": "'"$1"'", "labels": {"app": "archive"}}},
        {"op": "remove", "path": "/spec/nodeName"}, {"op": "remove", "path": "/spec/serviceAccount"},
        {"op": "replace", "path": "/spec/containers/0/command", "value": '"$2"'}]' | kubectl create -f -
    kubectl wait --for=condition=Ready pod/variation -n "$1" --timeout=30s || no_effect "the copy does not become ready"
}

# Takes an application its token away, and sets `said` to what its program said as long as it worked.
break_application() {
    local fact command pod
    graded '^exec \S+ deployment/\S+ \S+ api-client '
    ! grep -q "^tokenMount $space $workload " "$here/facts" || skip "its tokens are graded"
    fact=$(grep "^exec $space $workload " "$here/facts" | sed -n 1p)
    read -ra command <<<"${fact#exec * * * }"
    pod=$(pods_of_workload | sed -n 1p)
    said=$(kubectl exec "$pod" -n "$space" -c "$container" -- "${command[@]}") || skip "its program does not work"
    change_pod '{"spec": {"automountServiceAccountToken": false}}'
    ! kubectl exec "$workload" -n "$space" -c "$container" -- "${command[@]}" || no_effect "it works without its token"
}

# The policy that the reference solution made.
policy() { kubectl get validatingadmissionpolicies -o name | grep "/${spaces%% *}" | sed -n 1p; }

# Adds a condition to that policy.
add_condition() { # CEL
    kubectl patch "$(policy)" --type=json -p '[{"op": "add", "path": "/spec/matchConditions/-", "value":
        {"name": "variation", "expression": "'"$1"'"}}]'
}

# Waits until a Pod with a token is admitted, and removes it.
admits_a_token() { # [OPTION…]
    eventually run_with_token "$@"
    kubectl delete pod variation -n "${spaces%% *}" --now --ignore-not-found
}

run_with_token() {
    kubectl delete pod variation -n "${spaces%% *}" --now --ignore-not-found
    kubectl run variation -n "${spaces%% *}" --image=satrain.local/lab:1 "$@" \
        --overrides='{"spec": {"automountServiceAccountToken": true, "terminationGracePeriodSeconds": 1}}' -- sleep infinity
}

# The keys of the graded answers of a form, and from a source, if any are given.
answers() { # [FORM [SOURCE]]
    sed -n "s/^answer \([^ ]*\) ${*:-.}.*/\1/p" "$here/facts"
}
