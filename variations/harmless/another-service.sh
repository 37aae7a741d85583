# Leaves a Service that leads to an application.

after() { kubectl create service clusterip variation -n "${spaces%% *}" --tcp=80:8080; }
