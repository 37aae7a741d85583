//! Opens a file in the user's editor.

use std::path::Path;
use std::process::Command;

use crate::commands::context::Context;

/// What is tried when the user names none.
const USUAL: [&str; 3] = ["editor", "nano", "vi"];

/// Opens `file` and waits for the editor's end.
///
/// # Errors
/// Without a terminal, without an editor, and when the editor cannot be run or ends with an error.
pub(super) fn edit(ctx: &Context, file: &Path) -> Result<(), String> {
    if !ctx.interactive() {
        return Err("an editor needs a terminal".into());
    }
    let search = &ctx.environment.search_path;
    let usual = || USUAL.into_iter().find(|name| search.find(name).is_some()).map(str::to_owned);
    let Some(editor) = ctx.environment.editor.clone().or_else(usual) else {
        return Err("no editor is configured; set EDITOR, or edit the file in another terminal".into());
    };
    let _ours = ctx.hold_interrupts();
    // By a shell, since the variable may hold options: `code --wait`.
    let ended = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file)
        .status()
        .map_err(|e| format!("sh: {e}"))?;
    if ended.success() {
        return Ok(());
    }
    Err(format!("the editor `{editor}` ended with {ended}"))
}
