//! The rules for names and parameter values.
//!
//! In: a text. Out: whether it follows the rule, and if not, why. Sources: Kubernetes' object names
//! (RFC 1123 labels and subdomains). Never: anything else.

use super::model::ParamKind;

/// Variables that a script's shell, its tools or satrain itself give a meaning to.
const RESERVED: [&str; 20] = [
    "BASH",
    "CDPATH",
    "COLUMNS",
    "EDITOR",
    "ENV",
    "HOME",
    "HOSTNAME",
    "IFS",
    "KUBECONFIG",
    "LANG",
    "LINES",
    "LOGNAME",
    "PATH",
    "PS4",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "TERM",
    "TMPDIR",
    "USER",
];

/// A DNS label: lower-case letters, digits and inner dashes, 1 to 63 characters.
pub(super) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

/// A DNS subdomain: labels joined by dots, at most 253 characters.
fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_part)
}

fn is_dns_part(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether a name may be a parameter's: usable in templates and, in upper case, as a variable.
pub(super) fn param_name(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    if !chars.next().is_some_and(|c| c.is_ascii_lowercase()) || !chars.all(|c| c.is_ascii_alphanumeric()) {
        return Err("it cannot be used in a template".into());
    }
    if name.len() > 40 {
        return Err("it is longer than 40 characters".into());
    }
    if ["range", "loop", "true", "false", "none", "not", "and", "or", "in", "is", "if", "else"]
        .contains(&name)
    {
        return Err("it is a reserved word of the template language".into());
    }
    let variable = env_name(name);
    if RESERVED.contains(&variable.as_str()) || variable.starts_with("SATRAIN") {
        return Err(format!("the script variable {variable} is reserved"));
    }
    Ok(())
}

/// The variable that carries a parameter into scripts: `serviceAccount` becomes `SERVICE_ACCOUNT`.
pub fn env_name(param: &str) -> String {
    let mut name = String::new();
    for c in param.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

/// Whether a value fits what the parameter names.
pub(super) fn param_value(kind: ParamKind, value: &str) -> Result<(), &'static str> {
    match kind {
        ParamKind::Namespace if is_dns_label(value) => Ok(()),
        ParamKind::Namespace => {
            Err("a Namespace has lower-case letters, digits and hyphens, at most 63 characters")
        }
        ParamKind::Cause if is_dns_label(value) => Ok(()),
        ParamKind::Cause => Err("a cause is lower-case letters, digits and dashes"),
        ParamKind::Name if is_dns_subdomain(value) => Ok(()),
        ParamKind::Name => {
            Err("a name is lower-case letters, digits, dashes and dots (or give it kind: text)")
        }
        ParamKind::Text if value.len() > 1024 => Err("it is longer than 1024 bytes"),
        ParamKind::Text if value.chars().any(char::is_control) => Err("it contains a control character"),
        ParamKind::Text => Ok(()),
    }
}
