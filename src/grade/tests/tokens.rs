//! `tokenMount`: every way to leave a token in a Pod.

use serde_json::{Value, json};

use super::fake::{Fake, expect, verdict};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};

fn none() -> Check {
    check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": "none"}}))
}

fn bound(expected: Value) -> Check {
    check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": {"bound": expected}}}))
}

/// Pod `myapp` with volumes, and with mounts or environment in container `web`.
fn web(volumes: Value, container: Value) -> Value {
    let mut web = json!({"name": "web", "image": "nginx"});
    web.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    with(pod("myapp"), json!({"spec": {"volumes": volumes, "containers": [web]}}))
}

fn legacy() -> Value {
    secret(
        "old",
        "kubernetes.io/service-account-token",
        json!({"token": {"sha256": "ab", "jwt": {}}, "ca.crt": {"sha256": "cd"}}),
    )
}

fn copy() -> Value {
    secret("copied", "Opaque", json!({"t": {"sha256": "ab", "jwt": {}}, "password": {"sha256": "cd"}}))
}

/// Pod `myapp` that sees the node's processes.
fn host_pid(security: Value) -> Value {
    with(web(json!([]), json!({"securityContext": security})), json!({"spec": {"hostPID": true}}))
}

fn at(name: &str) -> Value {
    json!({"volumeMounts": [{"name": name, "mountPath": "/data"}]})
}

#[tokio::test(start_paused = true)]
async fn every_way_to_leave_a_token_is_found() {
    let token =
        json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "deep/token"}}]}}]);
    let mount = at("t")["volumeMounts"].clone();
    let elsewhere = |place: &str| {
        with(
            pod("myapp"),
            json!({"spec": {"volumes": token, (place): [{"name": "x", "image": "i", "volumeMounts": mount}]}}),
        )
    };
    let in_env = |from: Value| web(json!([]), json!({"env": [{"name": "T", "valueFrom": from}]}));
    let ways = [
        ("/var/run/secrets/kubernetes.io/serviceaccount/token", pod_with_token("myapp")),
        ("/data/deep/token", web(token.clone(), at("t"))),
        ("/data/deep/token", elsewhere("initContainers")),
        ("ephemeral container x", elsewhere("ephemeralContainers")),
        (
            "long-lived token of Secret old",
            web(json!([{"name": "s", "secret": {"secretName": "old"}}]), at("s")),
        ),
        (
            "/data/renamed",
            web(
                json!([{"name": "s", "secret": {"secretName": "old", "items": [{"key": "token", "path": "renamed"}]}}]),
                at("s"),
            ),
        ),
        (
            "long-lived",
            web(json!([{"name": "s", "projected": {"sources": [{"secret": {"name": "old"}}]}}]), at("s")),
        ),
        (
            "copy of a token, from Secret copied",
            web(json!([{"name": "s", "secret": {"secretName": "copied"}}]), at("s")),
        ),
        ("from ConfigMap notes", web(json!([{"name": "s", "configMap": {"name": "notes"}}]), at("s"))),
        ("environment variable T", in_env(json!({"secretKeyRef": {"name": "old", "key": "token"}}))),
        ("environment variable T", in_env(json!({"configMapKeyRef": {"name": "notes", "key": "n"}}))),
        (
            "environment variable P_token",
            web(json!([]), json!({"envFrom": [{"prefix": "P_", "secretRef": {"name": "old"}}]})),
        ),
        (
            "environment variable E",
            web(json!([]), json!({"env": [{"name": "E", "value": "<token sub=a sha256:b>"}]})),
        ),
        ("its command line", web(json!([]), json!({"args": ["--token=<token sub=a sha256:b>"]}))),
        (
            "/data",
            web(
                token.clone(),
                json!({"volumeMounts": [{"name": "t", "mountPath": "/data", "subPath": "deep/token"}]}),
            ),
        ),
        (
            "/data/token",
            web(token, json!({"volumeMounts": [{"name": "t", "mountPath": "/data", "subPath": "deep"}]})),
        ),
        ("tokens of all its Pods", web(json!([{"name": "h", "hostPath": {"path": "/var/lib"}}]), at("h"))),
    ];
    let ways = ways.into_iter().chain([
        ("hostPID together with privileged", host_pid(json!({"privileged": true}))),
        ("hostPID together with SYS_PTRACE", host_pid(json!({"capabilities": {"add": ["SYS_PTRACE"]}}))),
        (
            "hostPID together with CAP_SYS_ADMIN",
            host_pid(json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}})),
        ),
    ]);
    let notes = object("v1", "ConfigMap", "notes", json!({"data": {"n": "my <token sub=a sha256:b>"}}));
    for (place, pod) in ways {
        let grade = Fake::of([pod, legacy(), copy(), notes.clone()]).grade(none()).await;
        assert_eq!(verdict(&grade).outcome, Fail, "{place}: {:#?}", verdict(&grade));
        let said = verdict(&grade).in_full();
        assert!(said.contains(place), "{place}: {said}");
    }
}

/// A Pod's volume, mounted at /data.
fn mounted(volume: Value) -> Value {
    web(json!([with(volume, json!({"name": "v"}))]), at("v"))
}

#[tokio::test(start_paused = true)]
async fn a_token_of_the_downward_api_hooks_and_probes_is_found() {
    let told = "<token sub=a sha256:b>";
    let annotated = |pod: Value| with(pod, json!({"metadata": {"annotations": {"key": told, "other": "x"}}}));
    let field = |path: &str| json!({"fieldRef": {"fieldPath": path}});
    let downward = |path: &str| json!({"items": [with(field(path), json!({"path": "deep/token"}))]});
    let header = json!({"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": told}]}});
    let binary =
        object("v1", "ConfigMap", "binary", json!({"binaryData": {"b": {"sha256": "ab", "jwt": {}}}}));
    let expanded = json!({"envFrom": [{"secretRef": {"name": "copied"}}],
        "env": [{"name": "KEPT", "value": "x$(t)"}, {"name": "t", "value": ""}]});
    let ways = [
        (
            "/data/deep/token",
            annotated(mounted(json!({"downwardAPI": downward("metadata.annotations['key']")}))),
        ),
        (
            "the Pod's annotation key",
            annotated(mounted(json!({"downwardAPI": downward("metadata.annotations")}))),
        ),
        (
            "/data/deep/token",
            annotated(mounted(
                json!({"projected": {"sources": [{"downwardAPI": downward("metadata.annotations")}]}}),
            )),
        ),
        (
            "environment variable A",
            annotated(web(
                json!([]),
                json!({"env": [{"name": "A", "valueFrom": field("metadata.annotations['key']")}]}),
            )),
        ),
        (
            ".lifecycle",
            web(json!([]), json!({"lifecycle": {"postStart": {"exec": {"command": ["a", told]}}}})),
        ),
        (".lifecycle", web(json!([]), json!({"lifecycle": {"preStop": header}}))),
        (".livenessProbe", web(json!([]), json!({"livenessProbe": header}))),
        (".readinessProbe", web(json!([]), json!({"readinessProbe": {"exec": {"command": [told]}}}))),
        (".startupProbe", web(json!([]), json!({"startupProbe": header}))),
        (
            ".spec.dnsConfig",
            with(pod("myapp"), json!({"spec": {"dnsConfig": {"options": [{"name": "a", "value": told}]}}})),
        ),
        ("from ConfigMap binary", mounted(json!({"configMap": {"name": "binary"}}))),
        (
            "from ConfigMap binary",
            mounted(
                json!({"projected": {"sources": [{"configMap": {"name": "binary", "items": [{"key": "b", "path": "x"}]}}]}}),
            ),
        ),
        ("environment variable KEPT", web(json!([]), expanded)),
        (
            "a certificate of signer kubernetes.io/kube-apiserver-client-pod",
            mounted(json!({"projected": {"sources": [{"podCertificate": {
                "signerName": "kubernetes.io/kube-apiserver-client-pod", "keyType": "ED25519", "credentialBundlePath": "b"}}]}})),
        ),
    ];
    for (place, pod) in ways {
        let grade = Fake::of([pod, copy(), binary.clone()]).grade(none()).await;
        expect(&grade, Fail, place);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mount_is_found_however_its_path_is_written() {
    let token = json!({"projected": {"sources": [{"serviceAccountToken": {"path": "deep/token"}}]}});
    let volume = with(token, json!({"name": "v"}));
    let by = |field: &str, sub: &str| {
        web(json!([volume]), json!({"volumeMounts": [{"name": "v", "mountPath": "/data//x/", (field): sub}]}))
    };
    for (sub, place) in [
        ("./deep/token", "/data/x:"),
        ("deep//token", "/data/x:"),
        ("..data/deep/token", "/data/x:"),
        ("..2026_01_01_00_00_00.123/deep", "/data/x/token:"),
        ("deep/./", "/data/x/token:"),
    ] {
        expect(&Fake::of([by("subPath", sub)]).grade(none()).await, Fail, place);
        expect(&Fake::of([by("subPathExpr", sub)]).grade(none()).await, Fail, place);
    }
    expect(&Fake::of([by("subPathExpr", "$(A)/b")]).grade(none()).await, Fail, "subPathExpr $(A)/b");
    expect(&Fake::of([by("subPath", "deep/other")]).grade(none()).await, Pass, "");

    let wanted = |path: &str| bound(json!({"path": path}));
    for path in ["/run/tokens/deep/token", "/var/run/tokens/deep/token/", "/var/run/./tokens//deep/token"] {
        let pod =
            web(json!([volume]), json!({"volumeMounts": [{"name": "v", "mountPath": "/var/run/tokens/"}]}));
        expect(&Fake::of([pod]).grade(wanted(path)).await, Pass, "");
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_to_the_node_is_found() {
    let spec = |rest: Value| with(pod("myapp"), json!({"spec": rest}));
    let container = |rest: Value| web(json!([]), rest);
    let security = |rest: Value| container(json!({"securityContext": rest}));
    let host = |path: &str| mounted(json!({"hostPath": {"path": path}}));
    let ways = [
        ("hostNetwork", spec(json!({"hostNetwork": true}))),
        ("hostIPC", spec(json!({"hostIPC": true}))),
        ("hostPID", spec(json!({"hostPID": true}))),
        ("hostPID", host_pid(json!({"capabilities": {"add": ["NET_ADMIN"]}}))),
        ("privileged", security(json!({"privileged": true}))),
        ("capability SYS_ADMIN", security(json!({"capabilities": {"add": ["SYS_ADMIN"]}}))),
        (
            "capability cap_dac_read_search",
            security(json!({"capabilities": {"add": ["cap_dac_read_search"]}})),
        ),
        ("capability ALL", security(json!({"capabilities": {"add": ["ALL"]}}))),
        ("unmasked /proc", security(json!({"procMount": "Unmasked"}))),
        ("hostProcess", spec(json!({"securityContext": {"windowsOptions": {"hostProcess": true}}}))),
        ("/var/log", host("/var/log")),
        ("containerd.sock", host("/run/containerd/containerd.sock")),
        ("tokens of all its Pods", host("//var/./lib/")),
        ("tokens of all its Pods", host("/")),
        ("/etc", host("/etc")),
        ("example.com/gpu", container(json!({"resources": {"limits": {"example.com/gpu": "1"}}}))),
        (
            "a device of the node",
            spec(json!({"resourceClaims": [{"name": "gpu", "resourceClaimName": "x"}]})),
        ),
    ];
    for (how, pod) in ways {
        expect(&Fake::of([pod]).grade(none()).await, Fail, how);
    }
    let elsewhere = [
        json!({"nfs": {"server": "s", "path": "/"}}),
        json!({"csi": {"driver": "d"}}),
        json!({"image": {"reference": "i"}}),
        json!({"iscsi": {"targetPortal": "p", "iqn": "i", "lun": 0}}),
        json!({"flexVolume": {"driver": "d"}}),
        json!({"gitRepo": {"repository": "r"}}),
    ];
    for volume in elsewhere {
        expect(&Fake::of([mounted(volume)]).grade(none()).await, Fail, "cannot be inspected");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_a_claim_is_looked_at() {
    let claim =
        |volume: &str| object("v1", "PersistentVolumeClaim", "data", json!({"spec": {"volumeName": volume}}));
    let volume = |name: &str, source: Value| object("v1", "PersistentVolume", name, json!({"spec": source}));
    let pod = || mounted(json!({"persistentVolumeClaim": {"claimName": "data"}}));
    let host = volume("host", json!({"hostPath": {"path": "/var/lib/kubelet/pods"}}));
    let local = volume("local", json!({"local": {"path": "/srv"}}));
    let remote = volume("remote", json!({"nfs": {"server": "s", "path": "/"}}));
    for (name, part) in [
        ("host", "tokens of all its Pods"),
        ("local", "the node's own /srv"),
        ("remote", "PersistentVolumeClaim data"),
        ("gone", "PersistentVolumeClaim data"),
    ] {
        let fake = Fake::of([pod(), claim(name), host.clone(), local.clone(), remote.clone()]);
        expect(&fake.grade(none()).await, Fail, part);
    }
}

#[tokio::test(start_paused = true)]
async fn where_a_token_only_seems_to_be_there_is_none() {
    let hidden = json!({"envFrom": [{"secretRef": {"name": "copied"}}], "env": [{"name": "t", "value": ""}]});
    let clean = object("v1", "ConfigMap", "clean", json!({"data": {"t": "no token"}}));
    let later = json!({"envFrom": [{"secretRef": {"name": "copied"}}, {"configMapRef": {"name": "clean"}}]});
    let earlier =
        json!({"envFrom": [{"configMapRef": {"name": "clean"}}, {"secretRef": {"name": "copied"}}]});
    let again = json!({"env": [
        {"name": "t", "valueFrom": {"secretKeyRef": {"name": "copied", "key": "t"}}}, {"name": "t", "value": "x"}]});
    let optional = json!({"envFrom": [{"secretRef": {"name": "copied"}}],
        "env": [{"name": "t", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "t", "optional": true}}}]});
    let escaped = json!({"envFrom": [{"secretRef": {"name": "copied"}}],
        "env": [{"name": "KEPT", "value": "$$(t)"}, {"name": "t", "value": ""}]});
    let covered =
        json!({"projected": {"sources": [{"secret": {"name": "copied"}}, {"configMap": {"name": "clean"}}]}});
    let uncovered =
        json!({"projected": {"sources": [{"configMap": {"name": "clean"}}, {"secret": {"name": "copied"}}]}});
    for (pod, outcome) in [
        (web(json!([]), hidden), Pass),
        (web(json!([]), later), Pass),
        (web(json!([]), earlier), Fail),
        (web(json!([]), again), Pass),
        (web(json!([]), optional), Fail),
        (web(json!([]), escaped), Pass),
        (mounted(covered), Pass),
        (mounted(uncovered), Fail),
    ] {
        let said = pod["spec"].to_string();
        let grade = Fake::of([pod, copy(), clean.clone()]).grade(none()).await;
        assert_eq!(verdict(&grade).outcome, outcome, "{said}: {:#?}", verdict(&grade));
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_that_nobody_knows_is_not_judged() {
    let newer = with(pod("myapp"), json!({"spec": {"hostFiles": ["/"]}}));
    expect(&Fake::of([newer]).grade(none()).await, Unknown, ".spec.hostFiles");
    let with_token = with(pod_with_token("myapp"), json!({"spec": {"hostFiles": ["/"]}}));
    expect(&Fake::of([with_token]).grade(none()).await, Fail, "token");
}

#[tokio::test(start_paused = true)]
async fn what_holds_no_token_is_none() {
    let annotated = json!({"metadata": {"annotations": {"key": "<token sub=a sha256:b>", "team": "shop"}}});
    let team = json!({"downwardAPI": {"items": [{"path": "t", "fieldRef": {"fieldPath": "metadata.annotations['team']"}}]}});
    let hardened = json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "seccompProfile": {"type": "RuntimeDefault"}});
    let harmless = [
        pod("myapp"),
        with(mounted(team), annotated),
        web(json!([]), json!({"securityContext": hardened})),
        web(json!([]), json!({"securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_PTRACE"]}}})),
        web(
            json!([]),
            json!({"resources": {"limits": {"cpu": "1", "memory": "64Mi", "hugepages-2Mi": "2Mi"}}}),
        ),
        with(pod("myapp"), json!({"spec": {"hostUsers": false, "shareProcessNamespace": true}})),
        mounted(json!({"emptyDir": {}})),
        mounted(json!({"projected": {"sources": [{"clusterTrustBundle": {"name": "b", "path": "p"}}]}})),
        mounted(json!({"hostPath": {"path": "/usr/share/zoneinfo/"}})),
        web(
            json!([{"name": "s", "secret": {"secretName": "old", "items": [{"key": "ca.crt", "path": "ca"}]}}]),
            at("s"),
        ),
        web(
            json!([{"name": "s", "secret": {"secretName": "old"}}]),
            json!({"volumeMounts": [{"name": "s", "mountPath": "/d", "subPath": "ca.crt"}]}),
        ),
        web(json!([{"name": "s", "secret": {"secretName": "gone", "optional": true}}]), at("s")),
        web(
            json!([]),
            json!({"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "copied", "key": "password"}}}]}),
        ),
        web(json!([{"name": "h", "hostPath": {"path": "/etc/localtime"}}]), at("h")),
    ];
    for pod in harmless {
        expect(&Fake::of([pod, legacy(), copy()]).grade(none()).await, Pass, "has an API token");
    }
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_nobody_mounts_is_mentioned_and_no_fail() {
    let volume =
        json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]);
    let grade = Fake::of([web(volume, json!({}))]).grade(none()).await;
    expect(&grade, Pass, "");
    assert!(verdict(&grade).evidence[0].seen.contains("no container mounts it"));
}

#[tokio::test(start_paused = true)]
async fn a_bound_token_must_be_the_one_asked_for_and_the_only_one() {
    let path = "/var/run/secrets/tokens/token";
    let wanted = || bound(json!({"audience": "api.example.com", "maxSeconds": 3600, "path": path}));
    let projected = |token: Value, at: &str| {
        web(
            json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": token}]}}]),
            json!({"volumeMounts": [{"name": "t", "mountPath": at}]}),
        )
    };
    let good = json!({"audience": "api.example.com", "expirationSeconds": 3600, "path": "token"});
    let place = "/var/run/secrets/tokens";
    expect(
        &Fake::of([projected(good.clone(), place)]).grade(wanted()).await,
        Pass,
        "exactly the required bound token",
    );
    let wrong = [
        projected(with(good.clone(), json!({"audience": "other"})), place),
        projected(with(good.clone(), json!({"audience": null})), place),
        projected(with(good.clone(), json!({"expirationSeconds": 86400})), place),
        projected(good.clone(), "/other"),
        pod("myapp"),
        pod_with_token("myapp"),
    ];
    for pod in wrong {
        expect(&Fake::of([pod]).grade(wanted()).await, Fail, "expected a bound token for audience");
    }
    let own_audience = Fake::of([projected(good, place)]).grade(bound(json!({}))).await;
    expect(&own_audience, Unknown, "the API server's own");
    expect(&Fake::of([pod_with_token("myapp")]).grade(bound(json!({}))).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_read_by_a_program_that_could_be_any() {
    let lab = |container: Value| {
        let container = with(
            json!({"name": "web", "image": "lab:1", "securityContext": {"readOnlyRootFilesystem": true}}),
            container,
        );
        with(pod("myapp"), json!({"spec": {"containers": [container]}}))
    };
    let same = check(json!({"workload": {"workload": "pod/myapp", "namespace": NS, "same": ["image"]}}));
    let before = Fake::of([lab(json!({}))]).baseline(&same).await;
    let mounted = json!({"mounted": {"workload": "pod/myapp", "namespace": NS}});
    let holds = check(json!({"token": {"from": mounted}}));
    let over = json!({"volumeMounts": [{"name": "fake", "mountPath": "/bin"}]});
    for (container, part) in
        [(json!({"securityContext": null}), "can be written"), (over, "a volume over /bin")]
    {
        expect(&Fake::of([lab(container)]).grade_after(&before, holds.clone()).await, Fail, part);
    }
    // The token itself is asked for where nothing was changed.
    expect(&Fake::of([lab(json!({}))]).grade_after(&before, holds).await, Unknown, "not scripted");
}

/// Pod `myapp`, of which container `web` has run since noon.
fn running(volumes: Value, container: Value) -> Value {
    let state = json!({"running": {"startedAt": "2026-01-01T12:00:00Z"}});
    let status = json!([{"name": "web", "image": "nginx", "imageID": "", "ready": true, "restartCount": 0, "state": state}]);
    let rest = json!({"metadata": {"resourceVersion": "500"}, "status": {"containerStatuses": status}});
    with(web(volumes, container), rest)
}

/// A Secret `plain` without a token.
fn plain(changed: Value, version: &str) -> Value {
    let plain = secret("plain", "Opaque", json!({"t": {"sha256": "cd"}}));
    with(plain, json!({"metadata": {"changed": changed, "resourceVersion": version}}))
}

#[tokio::test(start_paused = true)]
async fn what_a_container_took_at_its_start_is_not_what_was_put_there_later() {
    let volume = json!([{"name": "v", "secret": {"secretName": "plain"}}]);
    let mount = |sub: &str| json!({"volumeMounts": [{"name": "v", "mountPath": "/data/t", "subPath": sub}]});
    let variable =
        json!({"env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "plain", "key": "t"}}}]});
    let poured = json!({"envFrom": [{"secretRef": {"name": "plain"}}]});
    let before = || plain(json!({"content": "2026-01-01T11:59:00Z", "any": "2026-01-01T11:59:00Z"}), "400");
    let after = || plain(json!({"content": "2026-01-01T12:01:00Z", "any": "2026-01-01T12:01:00Z"}), "600");
    // A key was taken out: no time says so.
    let untold = || plain(json!({"content": "2026-01-01T11:59:00Z", "any": "2026-01-01T11:59:00Z"}), "600");
    let labelled = || plain(json!({"content": "2026-01-01T11:59:00Z", "any": "2026-01-01T12:01:00Z"}), "600");
    for keeps in [
        running(volume.clone(), mount("t")),
        running(json!([]), variable.clone()),
        running(json!([]), poured.clone()),
        running(
            json!([{"name": "v", "projected": {"sources": [{"secret": {"name": "plain"}}]}}]),
            mount("t"),
        ),
    ] {
        for changed in [after(), untold()] {
            expect(
                &Fake::of([keeps.clone(), changed]).grade(none()).await,
                Fail,
                "changed since. Restart the Pod",
            );
        }
        // Nothing is left of what it could not start without.
        if !keeps.to_string().contains("optional") {
            expect(&Fake::of([keeps.clone()]).grade(none()).await, Fail, "changed since");
        }
        for same in [before(), labelled(), plain(Value::Null, "600")] {
            let same = if same["metadata"]["changed"].is_null() {
                secret("plain", "Opaque", json!({"t": {}}))
            } else {
                same
            };
            expect(&Fake::of([keeps.clone(), same]).grade(none()).await, Pass, "");
        }
    }
    // The kubelet renews an ordinary volume, as long as its object is there.
    let ordinary = running(volume, at("v"));
    expect(&Fake::of([ordinary.clone(), after()]).grade(none()).await, Pass, "");
    expect(&Fake::of([ordinary]).grade(none()).await, Fail, "Secret plain");
    // What may be missing has not been there.
    let optional = json!({"env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "plain", "key": "t", "optional": true}}}]});
    expect(&Fake::of([running(json!([]), optional)]).grade(none()).await, Pass, "");
    // A later variable of the same name takes its place.
    let replaced = json!({"env": [variable["env"][0], {"name": "T", "value": "x"}]});
    expect(&Fake::of([running(json!([]), replaced), after()]).grade(none()).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn a_token_in_pieces_or_in_a_certificate_is_found() {
    let labels = |value: &str, count: usize| {
        let labels: serde_json::Map<_, _> = (0..count).map(|n| (format!("p{n}"), json!(value))).collect();
        let items = json!([{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]);
        with(mounted(json!({"downwardAPI": {"items": items}})), json!({"metadata": {"labels": labels}}))
    };
    expect(&Fake::of([labels("<token sha256:ab>", 2)]).grade(none()).await, Fail, "label p0");
    expect(&Fake::of([labels(&"ab".repeat(30), 12)]).grade(none()).await, Fail, "letters of labels");
    expect(&Fake::of([labels("some-name-or-version", 8)]).grade(none()).await, Pass, "");
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("service-{n}.example.com")).collect();
        with(pod("myapp"), json!({"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": names}]}}))
    };
    expect(&Fake::of([names(5)]).grade(none()).await, Pass, "");
    expect(&Fake::of([names(50)]).grade(none()).await, Fail, "names of hosts");
    let projected =
        json!({"projected": {"sources": [{"clusterTrustBundle": {"name": "ca", "path": "ca.crt"}}]}});
    let bundle = |text: &str| {
        let name = json!({"name": "ca"});
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "ClusterTrustBundle", "metadata": name, "spec": {"trustBundle": text}})
    };
    expect(
        &Fake::of([mounted(projected.clone()), bundle("<token sha256:ab>")]).grade(none()).await,
        Fail,
        "/data/ca.crt",
    );
    expect(
        &Fake::of([mounted(projected), bundle("-----BEGIN CERTIFICATE-----")]).grade(none()).await,
        Pass,
        "",
    );
}

#[tokio::test(start_paused = true)]
async fn some_pods_may_be_left_out_by_what_they_belong_to() {
    let others = |except: Value| {
        check(
            json!({"tokenMount": {"workload": "pods", "namespace": NS, "except": except, "expect": "none"}}),
        )
    };
    let all = || [pod_with_token("myapp"), pod("tool")];
    expect(&Fake::of(all()).grade(others(json!(["pod/myapp"]))).await, Pass, "");
    expect(&Fake::of(all()).grade(others(json!(["pod/tool"]))).await, Fail, "myapp");
    expect(
        &Fake::of([pod_with_token("myapp")]).grade(others(json!(["pod/myapp"]))).await,
        Pass,
        "no other Pod",
    );
    // Labels alone make nothing belong to a Deployment.
    let deployment = object("apps/v1", "Deployment", "web", json!({"spec": {"replicas": 0}}));
    let grade =
        Fake::of([deployment, pod_with_token("myapp")]).grade(others(json!(["deployment/web"]))).await;
    expect(&grade, Fail, "myapp");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_takes_an_hour_to_end_still_has_its_token() {
    let going = |end: &str| {
        let running = json!([{"name": "web", "image": "nginx", "imageID": "", "ready": true, "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-01T12:00:00Z"}}}]);
        let rest = json!({"metadata": {"deletionTimestamp": end, "deletionGracePeriodSeconds": 1_000_000_000_000_i64}, "status": {"containerStatuses": running}});
        with(pod_with_token("myapp"), rest)
    };
    expect(&Fake::of([going("2999-01-01T00:00:00Z")]).grade(none()).await, Fail, "A token can be read");
}
