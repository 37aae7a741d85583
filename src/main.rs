//! Reads the command line, runs one verb, prints what went wrong, returns the exit code. Nothing else.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use satrain::cli::{Cli, Command, Global, Output};
use satrain::commands::context::Context;
use satrain::commands::environment::Environment;
use satrain::commands::{self, cluster};
use satrain::error::{Exit, Failure, Result};
use satrain::event::Events;
use satrain::paths::Paths;
use satrain::report::progress::{Lines, Spinner};
use satrain::report::style::Style;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A grade reads much JSON: thousands of small pieces, taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell reports for a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Supervise(args) = cli.command {
        // Before any thread: it enters namespaces.
        return cluster::supervise(args);
    }
    keep_words_whole();
    log(cli.global.verbose);
    let code = match context(&cli.global) {
        Ok(ctx) => dispatch(&ctx, cli.command).unwrap_or_else(|failure| tell(&ctx, &failure)),
        Err(failure) => {
            print_failure(&failure);
            failure.code
        }
    };
    ExitCode::from(code)
}

/// Paths and commands in messages are copied; so lines end at blanks only.
fn keep_words_whole() {
    // It is refused only where there is a hook already.
    let _ = miette::set_hook(Box::new(|_| {
        let options = miette::MietteHandlerOpts::new().break_words(false);
        let words = options.word_separator(textwrap::WordSeparator::AsciiSpace);
        Box::new(words.word_splitter(textwrap::WordSplitter::NoHyphenation).build())
    }));
}

fn dispatch(ctx: &Context, command: Command) -> Result<u8> {
    let mut out = std::io::stdout().lock();
    if commands::is_local(&command) {
        return commands::run_local(ctx, &command, &mut out).map(Exit::code);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::other(format!("no threads to work with: {e}")))?;
    runtime.spawn(watch_interrupts(ctx.cancel.clone(), ctx.interrupts_held.clone()));
    let proving = matches!(command, Command::Prove(_));
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = commands::run(ctx, command, &mut out) => Some(ended),
            () = ctx.cancel.cancelled() => None,
        }
    });
    // A blocked thread must not keep the process.
    runtime.shutdown_background();
    match ended {
        Some(ended) if !ctx.cancel.is_cancelled() => ended,
        _ => {
            ctx.events.warn(commands::after_interrupt(ctx, proving));
            Ok(INTERRUPTED)
        }
    }
}

/// Turns the first Ctrl-C (or SIGTERM, SIGHUP) into a cancellation; the second ends the process.
async fn watch_interrupts(cancel: CancellationToken, held: Arc<AtomicBool>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
    loop {
        tokio::select! {
            _ = interrupt.recv() => if held.load(Ordering::SeqCst) { continue },
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        if cancel.is_cancelled() {
            std::process::exit(INTERRUPTED.into());
        }
        cancel.cancel();
    }
}

fn context(global: &Global) -> Result<Context> {
    let environment = Environment::read()
        .map_err(|e| Failure::usage(format!("{e}\nSet HOME, or name a folder with `--state`.")))?;
    let paths = match &global.state {
        Some(state) => Paths { state: absolute(state)?, cache: environment.cache.clone() },
        None => Paths { state: commands::environment::state_folder(), cache: environment.cache.clone() },
    };
    let on_terminal = std::io::stderr().is_terminal();
    let stdout = std::io::stdout().is_terminal();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let style = |terminal: bool| Style {
        colour: terminal && !no_colour && !global.plain,
        plain: global.plain,
        width: Style::mono().width,
    };
    let events = match on_terminal && !global.quiet && !global.plain && global.verbose == 0 {
        true => Events::new(Spinner::new(style(on_terminal))),
        false => Events::new(Lines::new(std::io::stderr(), style(on_terminal), global.quiet)),
    };
    Ok(Context {
        paths,
        environment,
        events,
        style: style(stdout),
        json: global.output == Output::Json,
        packs: global.packs.clone(),
        lab: std::env::var("SATRAIN_LAB").ok().filter(|v| !v.is_empty()),
        path: std::env::var_os("PATH").unwrap_or_default(),
        cancel: CancellationToken::new(),
        interrupts_held: Arc::default(),
        at_work: Arc::default(),
    })
}

fn absolute(path: &std::path::Path) -> Result<std::path::PathBuf> {
    std::path::absolute(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

fn log(verbose: u8) {
    // kube_client::client warns with the whole text of an answer that it cannot read, and Secrets are answers too.
    let level = match verbose {
        0 => return,
        1 => "satrain=debug,kube_client=info,kube_client::client=error",
        _ => {
            "satrain=trace,kube_client=debug,kube_client::client=error,kube_client::client::builder=debug,\
             kube_runtime=debug"
        }
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

fn tell(ctx: &Context, failure: &Failure) -> u8 {
    // Whatever moves on the terminal must stop before the message.
    ctx.events.rest();
    print_failure(failure);
    failure.code
}

fn print_failure(failure: &Failure) {
    if failure.is_silent() {
        return;
    }
    let _ = writeln!(std::io::stderr(), "{:?}", failure.report);
}
