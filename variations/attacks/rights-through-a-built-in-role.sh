# Adds a rule to a built-in ClusterRole that everybody is bound to.
# reach: cluster

account=default space=${spaces%% *}

after() {
    kubectl patch clusterrole system:basic-user --type=json \
        -p '[{"op": "add", "path": "/rules/-", "value": {"apiGroups": [""], "resources": ["secrets"], "verbs": ["delete"]}}]'
    may delete secrets -n kube-system
}

undo() {
    kubectl auth reconcile --remove-extra-permissions -f - <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: system:basic-user}
rules:
  - {apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews, selfsubjectrulesreviews], verbs: [create]}
  - {apiGroups: [authentication.k8s.io], resources: [selfsubjectreviews], verbs: [create]}
END
}
