#!/usr/bin/env bash
# A variable with the Pod's name, which only the message uses.
set -euo pipefail

make_policy
kubectl patch validatingadmissionpolicy "$NAMESPACE-no-tokens" --type=json -p '[
    {"op": "add", "path": "/spec/variables", "value": [{"name": "who", "expression": "object.metadata.?name.orValue(object.metadata.?generateName.orValue(\"?\"))"}]},
    {"op": "add", "path": "/spec/validations/0/messageExpression", "value": "\"Pod \" + variables.who + \" would get a token\""}]'
