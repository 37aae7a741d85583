# Leaves an APIService that leads a part of the API to nobody.
# reach: cluster

after() {
    make <<END
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.variation.example.com}
spec:
  group: variation.example.com
  version: v1
  groupPriorityMinimum: 1
  versionPriority: 1
  insecureSkipTLSVerify: true
  service: {name: nobody, namespace: ${spaces%% *}}
END
}

undo() {
    unmake apiservice/v1.variation.example.com
}
