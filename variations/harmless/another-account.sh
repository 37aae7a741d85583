# Leaves a ServiceAccount without rights, which nobody uses.

after() { kubectl create serviceaccount variation -n "${spaces%% *}"; }
