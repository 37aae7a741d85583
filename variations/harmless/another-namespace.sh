# Leaves an empty Namespace.
# reach: cluster

after() { kubectl create namespace "variation-${spaces%% *}"; }
