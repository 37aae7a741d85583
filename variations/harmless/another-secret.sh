# Leaves an ordinary Secret of its own.

after() { kubectl create secret generic variation -n "${spaces%% *}" --from-literal=password=none; }
