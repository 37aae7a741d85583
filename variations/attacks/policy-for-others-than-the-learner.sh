# Lets the policy leave out the learner.
# solution: ValidatingAdmissionPolicy

after() {
    add_condition "request.userInfo.username != '$(kubectl auth whoami -o jsonpath='{.status.userInfo.username}')'"
    admits_a_token
}
