//! Pure: whether a text of somebody else is a script that can be played as it is written.

/// Why a text is not played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoScript {
    /// No shell understands its line ends.
    #[error(
        "it has Windows line ends, which no shell understands\nConvert it: `sed -i 's/\\r$//' FILE`, or save it with the line ends LF in your editor."
    )]
    WindowsLines,
    /// No shell reads it.
    #[error("it holds a NUL character, so it is no script\nSave it as plain text.")]
    Nul,
}

/// The script in a text.
///
/// # Errors
/// When it cannot be played as it is.
pub fn as_script(text: String) -> Result<String, NoScript> {
    if text.contains("\r\n") {
        return Err(NoScript::WindowsLines);
    }
    if text.contains('\0') {
        return Err(NoScript::Nul);
    }
    // What Windows' editors begin a file with; a shell would take it for a part of the first word.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_played_as_it_is_or_not_at_all() {
        assert_eq!(as_script("true\n".into()), Ok("true\n".into()));
        assert_eq!(as_script("\u{feff}true".into()), Ok("true".into()));
        assert_eq!(as_script("true\r\n".into()), Err(NoScript::WindowsLines));
        assert_eq!(as_script("true\0".into()), Err(NoScript::Nul));
    }
}
