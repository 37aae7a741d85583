# Leaves a PodDisruptionBudget.

after() { kubectl create poddisruptionbudget variation -n "${spaces%% *}" --selector=app=variation --min-available=1; }
