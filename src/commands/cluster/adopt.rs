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
    /// The context of your kubeconfig; the current one is never taken by itself
    #[arg(long, value_name = "CONTEXT", required_unless_present = "role")]
    context: Option<String>,
    /// Adopt without being asked: the cluster's UID, typed out
    #[arg(long, value_name = "UID")]
    yes: Option<String>,
    /// Print a ClusterRole that allows what labs need, for an administrator to give you, and do nothing
    #[arg(long, conflicts_with_all = ["context", "yes"])]
    role: bool,
}

/// What labs do, told before anybody agrees to it.
const DEEDS: [&str; 4] = [
    "They make Namespaces with the names that the scenario gives (`production`, `webshop` …; `--seed` draws others), and in them ServiceAccounts, Roles, RoleBindings, Secrets, ConfigMaps and Pods. Some make ClusterRoles, ClusterRoleBindings or admission policies. A Namespace or object that is there already is left alone.",
    "All of it carries the label `satrain.dev/attempt`; `satrain reset --end` removes exactly that.",
    "Grading lists objects, has tokens reviewed and issued, asks for access reviews and runs programs in the labs' own Pods.",
    "You and the grader act with your own rights. What you make outside of the labs' Namespaces stays until you remove it.",
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
    ctx.events.step("Looking at the cluster");
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
            "Adopted already, on {}, as context {}.",
            record.adopted.strftime("%Y-%m-%d"),
            printable(&record.context)
        )?,
        None => writeln!(out, "Adopted.")?,
    }
    let command = |what: &str| ctx.style.command(&format!("satrain {what} --context {context}"));
    writeln!(out, "{} shows what can be played there,", command("list"))?;
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
    let count = |n: Option<usize>| n.map_or_else(|| "may not be listed".to_owned(), |n| n.to_string());
    fact("Context", &survey.context);
    fact("API", &survey.server);
    fact("Kubernetes", &survey.version);
    fact("UID", &survey.uid);
    fact("Nodes", &count(survey.nodes));
    fact("Namespaces", &count(survey.namespaces.as_ref().map(Vec::len)));
    let _ = writeln!(text, "\n{}", style.bold("What labs do there"));
    for deed in DEEDS {
        let _ = writeln!(text, "  - {}", style.wrap(deed, "    ").trim_start());
    }
    let _ = writeln!(text, "\n{}", style.bold("Your rights"));
    if missing.is_empty() {
        let _ = writeln!(text, "  {} all that every lab needs", style.mark(Mark::Good));
    } else {
        for right in missing {
            let _ = writeln!(text, "  {} you may not: {right}", style.mark(Mark::Bad));
        }
        let advice = "Scenarios are refused until you may. `satrain cluster adopt --role` prints a ClusterRole for whoever can give it to you.";
        let _ = writeln!(text, "{}", style.wrap(advice, "  "));
    }
    if !survey.signs.is_empty() {
        let _ =
            writeln!(text, "\n{}", style.bold("Careful: this looks like a cluster that people work with"));
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
                "`--yes {}` is not the UID of this cluster, which is {uid}; nothing was adopted\nType it out to say that you mean this cluster.",
                printable(typed)
            )));
        }
        if !survey.signs.is_empty() {
            ctx.events.warn(format!(
                "this looks like a cluster that people work with: {}",
                survey.signs.join("; ")
            ));
        }
        return Ok(());
    }
    if !ctx.interactive() {
        return Err(Failure::usage(format!(
            "nothing was adopted: there is nobody to be asked\nIf you mean it, add\n  --yes {uid}"
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
        && ctx.ask("People may depend on it. Type its UID to adopt it all the same: ")? != survey.uid
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
            "attempt {id} is in progress on that cluster\nRemove what it made: `satrain reset --end {id}`.",
            id = attempt.id
        )));
    }
    record.forget(&ctx.paths)?;
    Ok(format!("The cluster of context {} is not touched any more.\n", printable(&record.context)))
}
