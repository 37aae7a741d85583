# Leaves a generous ResourceQuota.

after() { kubectl create quota variation -n "${spaces%% *}" --hard=pods=200; }
