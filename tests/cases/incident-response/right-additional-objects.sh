#!/usr/bin/env bash
# What nobody depends on: an account without rights, a role that nobody has, a Namespace, a stricter label on the own one, and the binding under another name.
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create serviceaccount spare -n "$NAMESPACE"
kubectl create role spare -n "$NAMESPACE" --verb=get --resource=pods
kubectl create clusterrole "$NAMESPACE-spare" --verb=get --resource=pods
kubectl label namespace "$NAMESPACE" pod-security.kubernetes.io/warn=restricted team=web
kubectl create rolebinding backup-reads -n "$NAMESPACE" --role=secret-reader --serviceaccount="$NAMESPACE:$BACKUP_ACCOUNT"
kubectl delete rolebinding "$SHARED_BINDING" -n "$NAMESPACE"
