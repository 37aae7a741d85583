//! Reads the command line, runs one verb, prints what went wrong, returns the exit code. Nothing else.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use satrain::commands::cli;
use satrain::commands::context::Context;
use satrain::commands::{self, Begun, Command};
use satrain::error::{Exit, Failure, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A grade reads much JSON: thousands of small pieces, taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell reports for a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    own_files_are_readable();
    // Before the command line is looked at: a script waits for it.
    if std::env::args_os().nth(1).is_some_and(|verb| verb == satrain::sandbox::VERB) {
        return satrain::sandbox::main();
    }
    let cli = cli::parse();
    if let Some(code) = cli.command.as_ref().and_then(commands::before_threads) {
        return code;
    }
    keep_words_whole(cli.global.plain);
    let code = match Context::new(&cli.global) {
        Ok(ctx) => {
            log(cli.global.verbose, ctx.colour_on_stderr());
            match run(&ctx, cli.command.as_ref()) {
                Ok(Some(exit)) => exit.code(),
                Ok(None) => INTERRUPTED,
                Err(failure) => tell(&ctx, &failure),
            }
        }
        Err(failure) => {
            print_failure(&failure);
            failure.code
        }
    };
    ExitCode::from(code)
}

/// Whatever the umask takes from others, satrain reads what it wrote itself.
fn own_files_are_readable() {
    use nix::sys::stat::{Mode, umask};
    let given = umask(Mode::from_bits_truncate(0o077));
    umask(given & !Mode::S_IRWXU);
}

/// Paths and commands in messages are copied; so lines end at blanks only.
fn keep_words_whole(plain: bool) {
    // It is refused only where there is a hook already.
    let _ = miette::set_hook(Box::new(move |_| {
        let options = miette::MietteHandlerOpts::new().break_words(false);
        let options = if plain { options.unicode(false).color(false) } else { options };
        let words = options.word_separator(textwrap::WordSeparator::AsciiSpace);
        Box::new(words.word_splitter(textwrap::WordSplitter::NoHyphenation).build())
    }));
}

/// Runs a verb, or home; None when it was interrupted.
fn run(ctx: &Context, command: Option<&Command>) -> Result<Option<Exit>> {
    let mut out = ctx.writer();
    let work = match commands::begin(ctx, command, &mut out) {
        Begun::Done(ended) => return ended.map(Some),
        Begun::Waits(work) => work,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::other(format!("cannot start threads: {e}")))?;
    runtime.spawn(watch_interrupts(ctx.cancel.clone(), ctx.interrupts_held.clone(), ctx.at_prompt.clone()));
    let ended = runtime.block_on(async {
        let mut work = work;
        tokio::select! {
            ended = &mut work => Some(ended),
            () = ctx.cancel.cancelled() => match ctx.tidies.load(Ordering::SeqCst) {
                true => Some(work.await),
                false => None,
            },
        }
    });
    // A blocked thread must not keep the process.
    runtime.shutdown_background();
    match ended {
        Some(ended) if !ctx.cancel.is_cancelled() => ended.map(Some),
        _ => {
            ctx.events.warn(commands::after_interrupt(ctx, command));
            Ok(None)
        }
    }
}

/// Ends a program that waits at a prompt; else turns the first Ctrl-C (or SIGTERM, SIGHUP) into a cancellation; the second ends the process.
async fn watch_interrupts(cancel: CancellationToken, held: Arc<AtomicBool>, at_prompt: Arc<AtomicBool>) {
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
        // At a prompt nothing is under way, and a thread that reads the terminal cannot be cancelled.
        if at_prompt.load(Ordering::SeqCst) {
            let _ = writeln!(std::io::stderr());
            std::process::exit(INTERRUPTED.into());
        }
    }
}

fn log(verbose: u8, colour: bool) {
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
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
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
