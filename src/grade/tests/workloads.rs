//! `workload`, `resource`, `exec` and `answer`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fake::{Fake, expect, verdict};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::{ApiRequest, Observation, ProbeFailure};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};

fn workload(rest: Value) -> Check {
    let mut spec = json!({"workload": "pod/myapp", "namespace": NS});
    spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    check(json!({"workload": spec}))
}

fn resource(rest: Value) -> Check {
    let mut spec = json!({"kind": "ServiceAccount", "namespace": NS});
    spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    check(json!({"resource": spec}))
}

#[tokio::test(start_paused = true)]
async fn the_same_app_without_its_token_is_the_same_app() {
    let same = workload(json!({"same": ["image", "command", "env", "labels", "ports", "volumes"]}));
    let baseline = Fake::of([pod_with_token("myapp")]).baseline(&same).await;
    let recreated = with(pod("myapp"), json!({"metadata": {"uid": "2", "labels": {"new": "label"}}}));
    expect(&Fake::of([recreated]).grade_after(&baseline, same).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_about_a_volume_is_no_change() {
    let same = workload(json!({"same": ["volumes"]}));
    let pages = |volume: Value, read_only: Value| {
        let mounts = json!([{"name": "v", "mountPath": "/v", "readOnly": read_only}]);
        let web = json!({"name": "web", "image": "nginx", "volumeMounts": mounts});
        let mut volume = volume;
        volume["name"] = "v".into();
        with(pod("myapp"), json!({"spec": {"containers": [web], "volumes": [volume]}}))
    };
    for (before, after) in [
        (json!({"configMap": {"name": "a", "defaultMode": 420}}), json!({"configMap": {"name": "a"}})),
        (json!({"secret": {"secretName": "a"}}), json!({"secret": {"secretName": "a", "defaultMode": 256}})),
        (json!({"projected": {"sources": []}}), json!({"projected": {"sources": [], "defaultMode": 288}})),
        (json!({"downwardAPI": {}}), json!({"downwardAPI": {"defaultMode": 420}})),
    ] {
        let baseline = Fake::of([pages(before, Value::Null)]).baseline(&same).await;
        let now = pages(after, true.into());
        expect(&Fake::of([now]).grade_after(&baseline, same.clone()).await, Pass, "");
        let other = pages(json!({"emptyDir": {}}), Value::Null);
        expect(&Fake::of([other]).grade_after(&baseline, same.clone()).await, Fail, ".spec.volumes");
    }
    let baseline = Fake::of([pages(json!({"emptyDir": {}}), Value::Null)]).baseline(&same).await;
    let locked = pages(json!({"emptyDir": {}}), true.into());
    expect(&Fake::of([locked]).grade_after(&baseline, same).await, Fail, ".volumeMounts");
}

#[tokio::test(start_paused = true)]
async fn another_app_under_the_same_name_is_found_out() {
    let same = workload(json!({"same": ["image", "command", "env", "labels", "ports", "volumes"]}));
    let baseline = Fake::of([pod("myapp")]).baseline(&same).await;
    let container = |rest: Value| {
        let mut web = json!({"name": "web", "image": "nginx", "command": ["serve"]});
        web.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        with(pod("myapp"), json!({"spec": {"containers": [web]}}))
    };
    let others = [
        (
            ".image: expected \"nginx\" as at the start, but found \"busybox\"",
            container(json!({"image": "busybox"})),
        ),
        (".command and .args", container(json!({"command": ["sleep", "1d"]}))),
        (".env and .envFrom", container(json!({"env": [{"name": "A", "value": "b"}]}))),
        (".ports", container(json!({"ports": [{"containerPort": 80}]}))),
        (".volumeMounts", container(json!({"volumeMounts": [{"name": "x", "mountPath": "/x"}]}))),
        (".metadata.labels.app", with(pod("myapp"), json!({"metadata": {"labels": {"app": "other"}}}))),
        ("container web: expected present", container(json!({"name": "renamed", "image": "busybox"}))),
        (
            "container proxy: expected absent",
            with(
                pod("myapp"),
                json!({"spec": {"containers": [
                {"name": "web", "image": "nginx", "command": ["serve"]}, {"name": "proxy", "image": "nginx"}]}}),
            ),
        ),
    ];
    for (part, pod) in others {
        let grade = Fake::of([pod]).grade_after(&baseline, same.clone()).await;
        assert_eq!(verdict(&grade).outcome, Fail, "{part}");
        let told = format!("{:?}", verdict(&grade)).replace("\\\"", "\"");
        let evidence = verdict(&grade).evidence.iter().any(|e| e.to_string().contains(part));
        assert!(evidence, "{part}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_teacher_would_accept_is_the_same_app() {
    let same = workload(json!({"same": ["image", "command", "env", "labels", "ports", "volumes"]}));
    let named = |name: &str, rest: Value| {
        with(
            json!({"name": name, "image": "nginx", "command": ["serve"],
                "env": [{"name": "A", "value": "1"}, {"name": "B"}],
                "volumeMounts": [{"name": "pages", "mountPath": "/usr/share/pages"}]}),
            rest,
        )
    };
    let pod_of = |containers: Value, volume: &str, rest: Value| {
        let volumes = json!([{"name": volume, "configMap": {"name": "pages"}}]);
        with(with(pod("myapp"), json!({"spec": {"containers": containers, "volumes": volumes}})), rest)
    };
    let plain = |rest: Value| pod_of(json!([named("web", json!({}))]), "pages", rest);
    let baseline = Fake::of([plain(json!({}))]).baseline(&same).await;
    let hardened = json!({"securityContext": {"readOnlyRootFilesystem": true, "runAsNonRoot": true},
        "resources": {"limits": {"memory": "64Mi"}}, "imagePullPolicy": "Always",
        "volumeMounts": [{"name": "pages", "mountPath": "/usr/share/pages"}, {"name": "scratch", "mountPath": "/tmp"}]});
    let token = json!({"projected": {"defaultMode": 420, "sources": [
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}});
    let less_token = json!({"volumeMounts": [
        {"name": "pages", "mountPath": "/usr/share/pages/", "readOnly": true},
        {"name": "kube-api-access-1", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}]});
    let volumes =
        |more: Value| json!([{"name": "pages", "configMap": {"name": "pages", "defaultMode": 420}}, more]);
    let debug = json!([{"name": "debugger-1", "image": "busybox", "targetContainerName": "web"}]);
    for accepted in [
        pod_of(
            json!([named(
                "myapp",
                json!({"volumeMounts": [{"name": "other", "mountPath": "/usr/share/pages"}]})
            )]),
            "other",
            json!({}),
        ),
        pod_of(json!([named("web", json!({"image": "docker.io/library/nginx:latest"}))]), "pages", json!({})),
        pod_of(
            json!([named("web", json!({"env": [{"name": "B", "value": ""}, {"name": "A", "value": "1"}]}))]),
            "pages",
            json!({}),
        ),
        pod_of(
            json!([named("web", hardened)]),
            "pages",
            json!({"spec": {"volumes": volumes(json!({"name": "scratch", "emptyDir": {}}))}}),
        ),
        pod_of(
            json!([named("web", less_token)]),
            "pages",
            json!({"spec": {"volumes": volumes(with(token, json!({"name": "kube-api-access-1"})))}}),
        ),
        plain(json!({"metadata": {"labels": {"run": "myapp"}, "annotations": {"a": "b"}}})),
        plain(
            json!({"spec": {"ephemeralContainers": debug, "nodeName": "n", "tolerations": [{"operator": "Exists"}]}}),
        ),
        plain(json!({"spec": {"volumes": volumes(json!({"name": "spare", "emptyDir": {}}))}})),
    ] {
        let said = accepted["spec"].to_string();
        let grade = Fake::of([accepted]).grade_after(&baseline, same.clone()).await;
        assert_eq!(verdict(&grade).outcome, Pass, "{said}: {:#?}", verdict(&grade));
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_can_be_written_to_is_no_longer_the_same() {
    let same = workload(json!({"same": ["image"]}));
    let security = |security: Value| {
        let web = json!({"name": "web", "image": "nginx", "command": ["serve"], "securityContext": security});
        with(pod("myapp"), json!({"spec": {"containers": [web]}}))
    };
    let locked = security(json!({"readOnlyRootFilesystem": true}));
    let baseline = Fake::of([locked.clone()]).baseline(&same).await;
    expect(&Fake::of([locked]).grade_after(&baseline, same.clone()).await, Pass, "");
    for open in [json!({}), json!({"readOnlyRootFilesystem": false})] {
        let grade = Fake::of([security(open)]).grade_after(&baseline, same.clone()).await;
        expect(&grade, Fail, ".securityContext.readOnlyRootFilesystem");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_found_however_it_is_wrapped() {
    let alone = workload(json!({"alone": true}));
    let volumes = json!([{"name": "pages", "configMap": {"name": "pages"}}]);
    let mounts = json!([{"name": "pages", "mountPath": "/pages"}]);
    let app = |name: &str, namespace: &str, rest: Value| {
        let web = with(
            json!({"name": "c", "image": "lab:1", "command": ["/usr/bin/web"], "volumeMounts": mounts}),
            rest,
        );
        let meta =
            json!({"uid": format!("{namespace}-{name}"), "namespace": namespace, "labels": {"app": name}});
        with(pod(name), json!({"metadata": meta, "spec": {"containers": [web], "volumes": volumes}}))
    };
    let sleeper = || json!({"image": "lab:1", "command": ["sleep", "infinity"]});
    let before = app("other", NS, sleeper());
    let baseline = Fake::of([app("myapp", NS, json!({})), before.clone()]).baseline(&alone).await;
    let no_mounts = json!({"volumeMounts": []});
    let copies = [
        json!({"command": ["sh", "-c", "exec web"]}),
        with(no_mounts.clone(), json!({"command": ["/bin/sh", "-c", "cd /; /usr/bin/web & wait"]})),
        with(no_mounts.clone(), json!({"command": ["labapp", "web"]})),
        with(no_mounts.clone(), json!({"command": null, "args": ["env", "PORT=1", "web"]})),
        with(
            no_mounts.clone(),
            json!({"command": ["sh", "-c", "exec $RUN"], "env": [{"name": "RUN", "value": "web"}]}),
        ),
        with(
            no_mounts.clone(),
            json!({"command": ["sleep", "9"], "lifecycle": {"postStart": {"exec": {"command": ["web"]}}}}),
        ),
        with(no_mounts.clone(), json!({"image": "docker.io/library/lab:2"})),
        json!({"image": "busybox", "command": ["httpd", "-f", "-h", "/pages"]}),
    ];
    for copy in copies {
        for namespace in [NS, "elsewhere"] {
            let fake = Fake::of([
                app("myapp", NS, json!({})),
                before.clone(),
                super::support::namespace("elsewhere"),
                app("old", namespace, copy.clone()),
            ]);
            expect(&fake.grade_after(&baseline, alone.clone()).await, Fail, "it runs the same application");
        }
    }
    let debug = with(
        before.clone(),
        json!({"spec": {"ephemeralContainers": [{"name": "d", "image": "lab:1", "command": ["web"]}]}}),
    );
    let fake = Fake::of([app("myapp", NS, json!({})), debug]);
    expect(&fake.grade_after(&baseline, alone.clone()).await, Fail, "it runs the same application");
    let bystanders = [
        app("debug", NS, sleeper()),
        app("debug", NS, with(no_mounts.clone(), json!({"command": ["curl", "-s", "http://10.0.0.1/web"]}))),
        app(
            "debug",
            NS,
            with(no_mounts.clone(), json!({"command": ["sh", "-c", "while sleep 1; do pgrep -f web; done"]})),
        ),
        with(app("old", NS, json!({})), json!({"status": {"phase": "Succeeded"}})),
        with(app("old", NS, no_mounts), json!({"spec": {"containers": [{"name": "c", "image": "db"}]}})),
    ];
    for bystander in bystanders {
        let fake = Fake::of([app("myapp", NS, json!({})), before.clone(), bystander]);
        expect(&fake.grade_after(&baseline, alone.clone()).await, Pass, "");
    }
    let owner = json!({"metadata": {"name": "theirs", "labels": {"satrain.dev/attempt": "theirs"}}});
    let theirs = with(super::support::namespace("theirs"), owner);
    let fake = Fake::of([app("myapp", NS, json!({})), before, theirs, app("myapp", "theirs", json!({}))]);
    expect(&fake.grade_after(&baseline, alone).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn an_old_pod_kept_beside_the_new_one_is_found() {
    let alone = workload(json!({"alone": true}));
    let running = |name: &str, app: &str, image: &str| {
        let meta = json!({"uid": format!("{name}-{app}"), "labels": {"app": app}});
        with(pod(name), json!({"metadata": meta, "spec": {"containers": [{"name": "c", "image": image}]}}))
    };
    let bystander = running("other", "db", "nginx");
    let baseline = Fake::of([running("myapp", "web", "nginx"), bystander.clone()]).baseline(&alone).await;
    let owned = |owner: &str| {
        let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": owner}]);
        with(running("owned", "db", "nginx"), json!({"metadata": {"ownerReferences": owner}}))
    };
    let labelled = "has the labels of the same application";
    for (beside, outcome, part) in [
        (bystander.clone(), Pass, ""),
        (running("old", "web", "busybox"), Fail, labelled),
        (
            running("old", "archive", "nginx"),
            Fail,
            "Pod production/old is still running as well; it runs the same application",
        ),
        (running("db", "db", "postgres"), Pass, ""),
        (owned("of the learner"), Fail, "Pod production/owned"),
    ] {
        let grade = Fake::of([running("myapp", "web", "nginx"), beside]);
        expect(&grade.grade_after(&baseline, alone.clone()).await, outcome, part);
    }
    let before = Fake::of([running("myapp", "web", "nginx"), owned("of others")]).baseline(&alone).await;
    let again = with(owned("of others"), json!({"metadata": {"name": "owned-2", "uid": "new"}}));
    let grade = Fake::of([running("myapp", "web", "nginx"), again]);
    expect(&grade.grade_after(&before, alone).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn too_few_ready_pods_fail_when_nothing_is_starting() {
    let two = check(
        json!({"workload": {"workload": "pods", "selector": "app=web", "namespace": NS, "atLeast": 2}}),
    );
    expect(
        &Fake::of([pod("a")]).grade(two.clone()).await,
        Fail,
        "expected at least 2 Ready Pods, but found 1 Ready",
    );
    expect(&Fake::of([pod("a"), pod("b")]).grade(two).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn an_object_in_another_namespace_is_named_and_does_not_count() {
    let elsewhere = with(account("webapp-sa"), json!({"metadata": {"namespace": "default"}}));
    let grade = Fake::of([elsewhere]).grade(resource(json!({"name": "webapp-sa"}))).await;
    expect(&grade, Fail, "does not exist in Namespace production. One of that name is in default");
}

#[tokio::test(start_paused = true)]
async fn fields_are_compared_with_expected_and_seen() {
    let off = resource(json!({"name": "a", "match": {"automountServiceAccountToken": false}}));
    let grade = Fake::of([account("a")]).grade(off.clone()).await;
    expect(
        &grade,
        Fail,
        "ServiceAccount production/a .automountServiceAccountToken: expected false, but found not set",
    );
    let done = with(account("a"), json!({"automountServiceAccountToken": false}));
    expect(&Fake::of([done]).grade(off).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn an_absence_counts_only_in_a_namespace_that_is_there() {
    let absent = |ns: &str| {
        check(json!({"resource": {"kind": "Secret", "namespace": ns, "name": "s", "expect": "absent"}}))
    };
    expect(&Fake::of([]).grade(absent(NS)).await, Pass, "Secret s does not exist in Namespace production");
    expect(&Fake::of([]).grade(absent("gone")).await, Fail, "Namespace gone does not exist");
    expect(&Fake::of([secret("s", "Opaque", json!({}))]).grade(absent(NS)).await, Fail, "still exists");
}

#[tokio::test(start_paused = true)]
async fn what_was_at_the_baseline_is_compared_by_uid_and_by_field() {
    let kept = resource(json!({"name": "a", "recreated": false, "unchanged": ["secrets"]}));
    let made = resource(json!({"name": "a", "recreated": true}));
    let before = with(account("a"), json!({"secrets": [{"name": "s"}]}));
    let baseline = Fake::of([before.clone()]).baseline(&kept).await;
    expect(&Fake::of([before.clone()]).grade_after(&baseline, kept.clone()).await, Pass, "");
    expect(&Fake::of([account("a")]).grade_after(&baseline, kept.clone()).await, Fail, ".secrets");
    let anew = with(before.clone(), json!({"metadata": {"uid": "2"}}));
    expect(&Fake::of([anew.clone()]).grade_after(&baseline, kept).await, Fail, "recreated");
    expect(&Fake::of([anew]).grade_after(&baseline, made.clone()).await, Pass, "");
    expect(&Fake::of([before]).grade_after(&baseline, made).await, Fail, "the original object");
}

#[tokio::test(start_paused = true)]
async fn an_authors_mistake_is_unknown_and_names_the_line() {
    let bad = [
        resource(json!({"name": "a", "cel": "object.nope == 1"})),
        resource(json!({"name": "a", "cel": "object.("})),
        workload(json!({"workload": "gizmo/x"})),
        check(json!({"answer": {"key": "a"}})),
        check(json!({"access": {"serviceAccount": "a", "namespace": NS}})),
    ];
    for check in bad {
        let mut fake = Fake::of([account("a"), pod("myapp")]);
        fake.files.insert("answers/a".into(), "x".into());
        expect(&fake.grade(check).await, Unknown, "the scenario, line 7");
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_that_was_only_just_started_is_given_a_moment() {
    let works = check(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["curl"]}}));
    let graded = async |began: Timestamp| {
        let state = json!({"name": "web", "ready": true, "restartCount": 0, "image": "nginx", "imageID": "",
            "state": {"running": {"startedAt": began.to_string()}}});
        let mut fake = Fake::of([with(pod("myapp"), json!({"status": {"containerStatuses": [state]}}))]);
        let refused = "curl: (7) connection refused".to_owned();
        fake.exec = Ok(Observation::Exec {
            code: 7,
            stdout: String::new(),
            stderr: refused,
            cut: false,
            audit: None,
        });
        fake.grade(within("0s", works.clone())).await
    };
    let now = Timestamp::now();
    expect(&graded(now).await, NotYet, "only just started");
    let earlier = now.checked_sub(jiff::SignedDuration::from_secs(5)).unwrap();
    expect(&graded(earlier).await, Fail, "connection refused");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_fails_fails_and_one_that_is_not_there_too() {
    let reads = || {
        check(
            json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["read"], "stdout": "^ok$"}}),
        )
    };
    let with_exec = |exec: Result<Observation, ProbeFailure>| {
        let mut fake = Fake::of([pod("myapp")]);
        fake.exec = exec;
        fake
    };
    let ended = |code: i32, stdout: &str| {
        Ok(Observation::Exec { code, stdout: stdout.into(), stderr: "why\n".into(), cut: false, audit: None })
    };
    expect(&with_exec(ended(0, "ok")).grade(reads()).await, Pass, "");
    expect(&with_exec(ended(0, "no")).grade(reads()).await, Fail, "does not work: no");
    expect(&with_exec(ended(1, "ok")).grade(reads()).await, Fail, "exit code 1: why");
    expect(&with_exec(ended(127, "")).grade(reads()).await, Fail, "has no such program");
    let withheld = |passing| {
        let why = "exec: \"read\": executable file not found in $PATH".to_owned();
        with_exec(Ok(Observation::Withheld { why, passing }))
    };
    let grade = withheld(false).grade(reads()).await;
    expect(&grade, Fail, "executable file not found");
    assert_eq!(verdict(&grade).next_step.as_deref(), Some("Take the change back to have this graded."));
    expect(&withheld(true).grade(reads()).await, NotYet, "executable file not found");
    let broken = ProbeFailure { message: "the connection to the container broke".into(), transient: false };
    expect(&with_exec(Err(broken)).grade(reads()).await, Unknown, "the connection");
    expect(&Fake::of([]).grade(reads()).await, Fail, "no live Pod");
}

/// A Pod that runs `web` of an image with this content, and its files cannot be written.
fn hardened(content: &str, container: Value, rest: Value) -> Value {
    let container = with(
        json!({"name": "web", "image": "lab:1", "command": ["serve"],
            "securityContext": {"readOnlyRootFilesystem": true},
            "env": [{"name": "QUEUE", "value": "orders"}],
            "volumeMounts": [{"name": "pages", "mountPath": "/usr/share/pages"}]}),
        container,
    );
    let status =
        json!({"name": "web", "ready": true, "restartCount": 0, "image": "lab:1", "imageID": content});
    let pod = with(pod("myapp"), json!({"status": {"containerStatuses": [status]}}));
    with(with(pod, json!({"spec": {"containers": [container]}})), rest)
}

#[tokio::test(start_paused = true)]
async fn the_word_of_a_program_counts_only_in_the_container_that_setup_made() {
    let works = check(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["read"]}}));
    let same = check(json!({"workload": {"workload": "pod/myapp", "namespace": NS, "same": ["image"]}}));
    let before = Fake::of([hardened("sha256:a", json!({}), json!({}))]).baseline(&same).await;
    let graded = async |content: &str, container: Value, rest: Value| {
        Fake::of([hardened(content, container, rest)]).grade_after(&before, works.clone()).await
    };
    let mounted = |path: &str| json!({"volumeMounts": [{"name": "pages", "mountPath": "/usr/share/pages"}, {"name": "x", "mountPath": path}]});
    let debug = |context: Value| {
        let container = json!({"name": "debugger", "image": "lab:1", "securityContext": context});
        json!({"spec": {"ephemeralContainers": [container]}})
    };
    let env = |name: &str| json!({"env": [{"name": name, "value": "/tmp"}]});
    for (container, rest) in [
        (json!({}), json!({})),
        (json!({"securityContext": {"readOnlyRootFilesystem": true, "runAsNonRoot": true}}), json!({})),
        (mounted("/var/run/secrets/tokens"), json!({})),
        (mounted("/tmp"), json!({})),
        (env("INTERVAL"), json!({})),
        (
            json!({"resources": {"limits": {"memory": "64Mi"}}}),
            debug(json!({"capabilities": {"add": ["SYS_PTRACE"]}})),
        ),
    ] {
        let told = format!("{container} {rest}");
        let grade = graded("sha256:a", container, rest).await;
        assert_eq!(verdict(&grade).outcome, Pass, "{told}: {:#?}", verdict(&grade));
    }
    expect(&graded("sha256:b", json!({}), json!({})).await, Fail, "another content");
    for (container, rest, part) in [
        (json!({"securityContext": null}), json!({}), "can be written"),
        (json!({"securityContext": {"readOnlyRootFilesystem": false}}), json!({}), "can be written"),
        (mounted("/usr/bin"), json!({}), "a volume over /usr/bin"),
        (mounted("//usr/./local/../bin/read"), json!({}), "a volume over /usr/bin/read"),
        (mounted("/etc/ld.so.preload"), json!({}), "a volume over /etc/ld.so.preload"),
        (mounted("/"), json!({}), "a volume over /"),
        (env("PATH"), json!({}), "PATH is set"),
        (env("LD_PRELOAD"), json!({}), "LD_PRELOAD is set"),
        (env("https_proxy"), json!({}), "https_proxy is set"),
        (json!({}), debug(json!({"privileged": true})), "container debugger"),
        (json!({}), debug(json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}})), "container debugger"),
        (
            json!({}),
            json!({"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}]}}),
            "names resolve",
        ),
    ] {
        expect(&graded("sha256:a", container, rest).await, Fail, part);
    }
}

#[tokio::test(start_paused = true)]
async fn the_audit_log_confirms_what_a_program_says() {
    const PATH: &str = "/api/v1/namespaces/production/pods";
    let works = check(
        json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["read"], "audited": [PATH]}}),
    );
    let uid = "myapp-uid";
    let running =
        with(pod("myapp"), json!({"metadata": {"uid": uid}, "status": {"podIPs": [{"ip": "10.0.0.7"}]}}));
    let graded = async |audit: Option<Vec<ApiRequest>>| {
        let mut fake = Fake::of([running.clone()]);
        fake.exec = Ok(Observation::Exec {
            code: 0,
            stdout: String::new(),
            stderr: String::new(),
            cut: false,
            audit,
        });
        fake.grade(works.clone()).await
    };
    let request = |uri: &str, code: u16, pod: Option<&str>, from: &str| ApiRequest {
        uri: uri.into(),
        code,
        user: "system:serviceaccount:production:default".into(),
        pod: pod.map(str::to_owned),
        from: vec![from.into()],
    };
    expect(
        &graded(Some(vec![request(PATH, 200, Some(uid), "10.0.0.7")])).await,
        Pass,
        "audit log has its requests",
    );
    expect(&graded(Some(vec![request(PATH, 200, None, "10.0.0.7")])).await, Pass, "");
    expect(&graded(None).await, Pass, "there is no audit log");
    // The address that a header says comes before the one that the API server saw.
    let forwarded = |request: ApiRequest, last: &str| ApiRequest {
        from: request.from.into_iter().chain([last.to_owned()]).collect(),
        ..request
    };
    for other in [
        vec![forwarded(request(PATH, 200, None, "10.0.0.7"), "10.0.0.8")],
        vec![],
        vec![request(PATH, 403, Some(uid), "10.0.0.7")],
        vec![request(PATH, 200, Some("other-uid"), "10.0.0.7")],
        vec![request(PATH, 200, None, "10.0.0.8")],
        vec![request("/api", 200, Some(uid), "10.0.0.7")],
    ] {
        expect(&graded(Some(other)).await, Fail, "no such request in the API server's audit log");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_are_computed_and_never_given_away() {
    let computed = json!({"kind": "Pod", "namespace": NS, "where": "has(object.spec.volumes)", "value": "object.metadata.name"});
    let answered = |form: &str, value: &str, text: Option<&str>| {
        let mut computed = computed.clone();
        computed["value"] = value.into();
        let mut fake = Fake::of([pod_with_token("a"), pod_with_token("b"), pod("c")]);
        fake.files.extend(text.map(|t| ("answers/k".to_owned(), t.to_owned())));
        (fake, check(json!({"answer": {"key": "k", "as": form, "computed": computed}})))
    };
    let name = "object.metadata.name";
    for (form, value, text, outcome, part) in [
        ("set", name, None, Fail, "There is no answer in answers/k yet"),
        ("set", name, Some("b, a\n"), Pass, "is right"),
        ("set", name, Some("a"), Fail, "1 of the entries is missing"),
        ("set", name, Some("a b c"), Fail, "1 of your entries is wrong"),
        ("number", "1", Some(" 2 "), Pass, ""),
        ("number", "1", Some("3"), Fail, "3 is not the answer"),
        ("number", "1", Some("two"), Fail, "not a number"),
        ("text", name, Some("a"), Unknown, "2 values, but the answer is a single value"),
    ] {
        let (fake, check) = answered(form, value, text);
        expect(&fake.grade(check).await, outcome, part);
    }
    let mut fake = Fake::of([]);
    fake.files.insert("answers/k".into(), "Expired Token".into());
    let pattern = |p: &str| check(json!({"answer": {"key": "k", "pattern": p}}));
    expect(&fake.grade(pattern("expired\\s+token")).await, Pass, "");
    expect(&fake.grade(pattern("expired")).await, Fail, "does not match");
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_starts_a_program_is_a_change_of_the_app() {
    let same = workload(json!({"same": ["command"]}));
    let web = |rest: Value| {
        let mut web = json!({"name": "web", "image": "nginx", "command": ["serve"]});
        web.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        with(pod("myapp"), json!({"spec": {"containers": [web]}}))
    };
    let exec = |words: Value| json!({"exec": {"command": words}});
    let fetch = || exec(json!(["curl", "-o", "/tmp/token", "http://10.0.0.1/token"]));
    let baseline = Fake::of([web(json!({}))]).baseline(&same).await;
    for changed in [
        json!({"lifecycle": {"postStart": fetch()}}),
        json!({"lifecycle": {"preStop": fetch()}}),
        json!({"livenessProbe": fetch()}),
        json!({"readinessProbe": exec(json!(["sh", "-c", "cat /in > /tmp/token"]))}),
        json!({"startupProbe": exec(json!(["sh", "-c", "true; curl -o /tmp/token http://10.0.0.1/token"]))}),
    ] {
        let now = web(changed.clone());
        let grade = Fake::of([now]).grade_after(&baseline, same.clone()).await;
        expect(&grade, Fail, ".lifecycle and probes");
    }
    for harmless in [
        json!({"readinessProbe": {"httpGet": {"port": 80}}, "livenessProbe": {"tcpSocket": {"port": 80}}}),
        json!({"lifecycle": {"preStop": exec(json!(["sleep", "5"]))}}),
        json!({"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}),
        json!({"lifecycle": {"preStop": exec(json!(["sh", "-c", "sleep 5 && true"]))}}),
        json!({"readinessProbe": exec(json!(["cat", "/tmp/ready"]))}),
    ] {
        let now = web(harmless.clone());
        expect(&Fake::of([now]).grade_after(&baseline, same.clone()).await, Pass, "");
    }
    // What was there at the start may stay, and not become another.
    let hooked = web(json!({"lifecycle": {"postStart": exec(json!(["prepare"]))}}));
    let baseline = Fake::of([hooked.clone()]).baseline(&same).await;
    expect(&Fake::of([hooked]).grade_after(&baseline, same.clone()).await, Pass, "");
    expect(&Fake::of([web(json!({}))]).grade_after(&baseline, same).await, Fail, ".lifecycle and probes");
}

/// Another Pod with the app's image.
fn second(words: Value, rest: Value) -> Value {
    let web = json!({"name": "web", "image": "nginx", "command": words});
    let mut second =
        with(pod("second"), json!({"metadata": {"labels": {"app": "other"}}, "spec": {"containers": [web]}}));
    if let Some(mounts) = rest.get("mounts") {
        second["spec"]["containers"][0]["volumeMounts"] = mounts.clone();
        second["spec"]["volumes"] = rest["volumes"].clone();
    }
    second
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_only_looks_is_no_copy_and_a_script_may_be_one() {
    let alone = workload(json!({"alone": true}));
    let baseline = Fake::of([pod("myapp")]).baseline(&alone).await;
    let script = |text: &str| object("v1", "ConfigMap", "start", json!({"data": {"run": text}}));
    let mounts = json!({"mounts": [{"name": "v", "mountPath": "/start"}], "volumes": [{"name": "v", "configMap": {"name": "start"}}]});
    for look in [
        "which serve; sleep 3600",
        "sha256sum /usr/bin/serve; sleep 1",
        "type serve; pgrep serve",
        "command -v serve; sleep 1",
    ] {
        let tool = second(json!(["sh", "-c", look]), json!({}));
        expect(&Fake::of([pod("myapp"), tool]).grade_after(&baseline, alone.clone()).await, Pass, "");
    }
    for run in ["exec $(which serve)", "which serve | sh", "command serve", "type serve && serve"] {
        let copy = second(json!(["sh", "-c", run]), json!({}));
        expect(
            &Fake::of([pod("myapp"), copy]).grade_after(&baseline, alone.clone()).await,
            Fail,
            "same application",
        );
    }
    for (words, text, outcome) in [
        (json!(["sh", "/start/run"]), "exec serve", Fail),
        (json!(["/start/run"]), "#!/bin/sh\nserve --quiet\n", Fail),
        (json!(["sh", "/start/run"]), "while sleep 1; do date; done", Pass),
        (json!(["sleep", "infinity"]), "exec serve", Pass),
    ] {
        let other = second(words, mounts.clone());
        let fake = Fake::of([pod("myapp"), other, script(text)]);
        expect(&fake.grade_after(&baseline, alone.clone()).await, outcome, "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_being_deleted_is_there_until_it_has_ended() {
    let alone = workload(json!({"alone": true}));
    let baseline = Fake::of([pod("myapp")]).baseline(&alone).await;
    let state = json!({"running": {"startedAt": CREATED}});
    let status = json!([{"name": "web", "image": "nginx", "imageID": "", "ready": true, "restartCount": 0, "state": state}]);
    let going = |end: &str| {
        let rest = json!({"metadata": {"deletionTimestamp": end, "deletionGracePeriodSeconds": 1_000_000_000_000_i64}, "status": {"containerStatuses": status}});
        with(second(json!(["serve"]), json!({})), rest)
    };
    let long = Fake::of([pod("myapp"), going("2999-01-01T00:00:00Z")]);
    expect(&long.grade_after(&baseline, alone.clone()).await, Fail, "still running as well");
    let short = || Fake::of([pod("myapp"), going(CREATED)]);
    expect(&short().grade_after(&baseline, alone.clone()).await, NotYet, "being deleted");
    let ends = short().then(3.0, |objects| objects.retain(|o| o["metadata"]["name"] != "second"));
    expect(&ends.grade_after(&baseline, alone).await, Pass, "");
}
