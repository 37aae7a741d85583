# Has a policy reject a kind of Pod, so that a prediction about it becomes another one, and predicts that.
# fact: ^answer \S+ set dryRuns
# reach: cluster

name=variation-${spaces%% *}

after() {
    local key file word account
    key=$(sed -n 's/^answer \(\S*\) set dryRuns.*/\1/p' "$here/facts" | sed -n 1p)
    file=$workspace/answers/$key
    word=$(tr -s ', ' '\n' <"$file" | tail -n 1)
    account=${word%%/*}
    tr -s ', ' '\n' <"$file" | grep -v "^$account/" >"$here/answer"
    cp "$here/answer" "$file"
    make <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $name}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "object.spec.serviceAccountName != '$account'"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $name}
spec:
  policyName: $name
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${spaces%% *}}}}
END
    local _
    for _ in {1..50}; do
        kubectl run variation -n "${spaces%% *}" --image=none --dry-run=server --overrides='{"spec": {"serviceAccountName": "'"$account"'"}}' >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    no_effect "the policy rejects nothing"
}
