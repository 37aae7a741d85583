# Lets the policy leave out the controllers.
# solution: ValidatingAdmissionPolicy

after() {
    add_condition "!request.userInfo.username.startsWith('system:serviceaccount:kube-system:')"
    admits_a_token --as=system:serviceaccount:kube-system:replicaset-controller
}
