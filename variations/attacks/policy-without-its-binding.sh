# Removes what binds the policy.
# solution: ValidatingAdmissionPolicy

after() {
    kubectl get validatingadmissionpolicybindings -o name | grep "/${spaces%% *}" | xargs kubectl delete
    admits_a_token
}
