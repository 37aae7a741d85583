//! `satrain cluster adopt` and `unadopt`: the user's word that an existing cluster may be changed for labs.

use std::fmt::Write as _;
use std::io::Write;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cluster::{AdoptionRecord, Survey};
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::lab::rights;
use crate::printable::printable;
use crate::report::style::Mark;

/// Arguments of `satrain cluster adopt`.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// Context in your kubeconfig (the current context is never used implicitly)
    #[arg(long, value_name = "CONTEXT", required_unless_present = "role")]
    context: Option<String>,
    /// Adopt without asking; give the cluster's UID to confirm
    #[arg(long, value_name = "UID")]
    yes: Option<String>,
    /// Only print a ClusterRole with the rights that labs need, for an administrator to grant you
    #[arg(long, conflicts_with_all = ["context", "yes"])]
    role: bool,
}

/// What labs do, told before anybody agrees to it.
const DEEDS: [&str; 4] = [
    "They create Namespaces with the scenario's names (`production`, `webshop` …; `--seed` picks others), and in them ServiceAccounts, Roles, RoleBindings, Secrets, ConfigMaps and Pods. Some create ClusterRoles, ClusterRoleBindings or admission policies. Existing Namespaces and objects are left alone.",
    "Everything they create carries the label `satrain.dev/attempt`; `satrain reset --end` removes exactly these objects.",
    "Grading lists objects, reviews and requests tokens, sends access reviews and runs programs in the labs' own Pods. Some labs also ask what Kubernetes' controllers may create, as these, which creates nothing.",
    "You and the grader act with your own rights. Anything you create outside the labs' Namespaces stays until you remove it.",
];

/// Runs `satrain cluster adopt`.
pub(super) async fn adopt(ctx: &Context, args: &AdoptArgs, out: &mut impl Write) -> Result<Exit> {
    if args.role {
        let role = rights::cluster_role();
        match ctx.json {
            true => writeln!(out, "{role:#}")?,
            false => write!(out, "{}", serde_saphyr::to_string(&role).map_err(Failure::other)?)?,
        }
        return Ok(Exit::Passed);
    }
    let provider = connect::existing(ctx, args.context.clone())?;
    ctx.events.step("Inspecting the cluster");
    let (survey, client) = provider.survey().await?;
    let missing = rights::missing(&client, &rights::of_labs()).await?;
    ctx.events.done(format!("Kubernetes {} at {}", survey.version, survey.server));
    let missing = rights::described(&missing);
    let known = AdoptionRecord::of(&ctx.paths, &survey.uid)?;
    if known.is_none() {
        if !ctx.json {
            // Before anybody is asked.
            out.write_all(told(ctx, &survey, &missing).as_bytes())?;
            out.flush()?;
        }
        agreed(ctx, args, &survey)?;
        let record = AdoptionRecord {
            uid: survey.uid.clone(),
            context: survey.context.clone(),
            server: survey.server.clone(),
            adopted: Timestamp::now(),
        };
        record.save(&ctx.paths)?;
    }
    if ctx.json {
        let value = json!({"cluster": survey, "missingRights": missing, "adopted": true});
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    let context = printable(&survey.context).into_owned();
    match known {
        Some(record) => writeln!(
            out,
            "Already adopted on {} as context {}.",
            record.adopted.strftime("%Y-%m-%d"),
            printable(&record.context)
        )?,
        None => writeln!(out, "Adopted.")?,
    }
    let command = |what: &str| ctx.style.command(&format!("satrain {what} --context {context}"));
    writeln!(out, "{} lists the scenarios you can play there,", command("list"))?;
    writeln!(out, "{} plays it, and", command("run scenario-2"))?;
    writeln!(out, "{} withdraws your permission.", command("cluster unadopt"))?;
    Ok(Exit::Passed)
}

fn told(ctx: &Context, survey: &Survey, missing: &[String]) -> String {
    let style = &ctx.style;
    let mut text = String::new();
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<11} {}", printable(value));
    };
    let count = |n: Option<usize>| n.map_or_else(|| "you may not list them".to_owned(), |n| n.to_string());
    fact("Context", &survey.context);
    fact("API", &survey.server);
    fact("Kubernetes", &survey.version);
    fact("UID", &survey.uid);
    fact("Nodes", &count(survey.nodes));
    fact("Namespaces", &count(survey.namespaces.as_ref().map(Vec::len)));
    let _ = writeln!(text, "\n{}", style.bold("What labs do in this cluster"));
    for deed in DEEDS {
        let _ = writeln!(text, "  - {}", style.wrap(deed, "    ").trim_start());
    }
    let _ = writeln!(text, "\n{}", style.bold("Your rights"));
    if missing.is_empty() {
        let _ = writeln!(text, "  {} everything that every lab needs", style.mark(Mark::Good));
    } else {
        for right in missing {
            let _ = writeln!(text, "  {} you may not: {right}", style.mark(Mark::Bad));
        }
        let advice = "Some scenarios need these rights. `satrain cluster adopt --role` prints a ClusterRole that an administrator can grant you.";
        let _ = writeln!(text, "{}", style.wrap(advice, "  "));
    }
    if !survey.signs.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("Warning: this looks like a shared cluster"));
        for sign in &survey.signs {
            let _ = writeln!(text, "  - {}", style.wrap(&printable(sign), "    ").trim_start());
        }
    }
    text.push('\n');
    text
}

/// Whether the user means it.
fn agreed(ctx: &Context, args: &AdoptArgs, survey: &Survey) -> Result<()> {
    let uid = printable(&survey.uid).into_owned();
    if let Some(typed) = &args.yes {
        if *typed != survey.uid {
            return Err(Failure::usage(format!(
                "`--yes {}` is not the UID of this cluster, which is {uid}; nothing was adopted\nGive this UID to confirm that you mean this cluster.",
                printable(typed)
            )));
        }
        if !survey.signs.is_empty() {
            ctx.events.warn(format!("this looks like a shared cluster: {}", survey.signs.join("; ")));
        }
        return Ok(());
    }
    if !ctx.interactive() {
        return Err(Failure::usage(format!(
            "nothing was adopted: there is no terminal to ask for confirmation\nTo confirm, add\n  --yes {uid}"
        )));
    }
    let refused = || Failure::usage("nothing was adopted");
    if ctx.ask(&format!(
        "Type the name of the context to adopt this cluster for labs ({}): ",
        printable(&survey.context)
    ))? != survey.context
    {
        return Err(refused());
    }
    if !survey.signs.is_empty()
        && ctx.ask("People may depend on it. Type its UID to adopt it anyway: ")? != survey.uid
    {
        return Err(refused());
    }
    Ok(())
}

/// Runs `satrain cluster unadopt`. The cluster is not asked: it may be gone.
pub(super) fn unadopt(ctx: &Context, context: &str) -> Result<String> {
    let all = AdoptionRecord::all(&ctx.paths)?;
    let Some(record) = all.iter().find(|record| record.context == context) else {
        let known: Vec<&str> = all.iter().map(|r| r.context.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Failure::usage(format!(
            "no cluster was adopted as context `{context}`\nAdopted: {known}."
        )));
    };
    let open = ctx.session.store().in_progress()?;
    if let Some(attempt) = open.iter().find(|attempt| attempt.cluster.uid == record.uid) {
        return Err(Failure::usage(format!(
            "attempt {id} is in progress on that cluster\nRemove it first: `satrain reset --end {id}`.",
            id = attempt.id
        )));
    }
    record.forget(&ctx.paths)?;
    Ok(format!("satrain no longer uses the cluster of context {}.\n", printable(&record.context)))
}
