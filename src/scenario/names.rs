//! The rules for names and parameter values.
//!
//! In: a text. Out: whether it follows the rule, and if not, why. Sources: Kubernetes' object names
//! (RFC 1123 labels and subdomains). Never: anything else.

use super::model::ParamKind;

/// Variables that a script's shell, its tools, the dynamic linker or satrain itself give a meaning to. A pack that could set them
/// would run what it likes without a script. Sources: bash(1) "Shell Variables", ld.so(8), environ(7), kubectl's and Go's
/// documentation.
const RESERVED: &[&str] = &[
    "CDPATH",
    "CHILD_MAX",
    "COLUMNS",
    "COMPREPLY",
    "DIRSTACK",
    "EDITOR",
    "EMACS",
    "ENV",
    "EUID",
    "EXECIGNORE",
    "EXINIT",
    "FCEDIT",
    "FIGNORE",
    "FUNCNAME",
    "FUNCNEST",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLOBIGNORE",
    "GLOBSORT",
    "GODEBUG",
    "GOFLAGS",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOPATH",
    "GOROOT",
    "GOTRACEBACK",
    "GROUPS",
    "HISTCMD",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTIGNORE",
    "HISTSIZE",
    "HISTTIMEFORMAT",
    "HOME",
    "HOSTALIASES",
    "HOSTFILE",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "IGNOREEOF",
    "INPUTRC",
    "INSIDE_EMACS",
    "LANG",
    "LANGUAGE",
    "LESS",
    "LESSCLOSE",
    "LESSOPEN",
    "LINENO",
    "LINES",
    "LOCALDOMAIN",
    "LOCPATH",
    "LOGNAME",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MANPAGER",
    "MAPFILE",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NO_COLOR",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PAGER",
    "PATH",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PROMPT_COMMAND",
    "PROMPT_DIRTRIM",
    "PWD",
    "RANDOM",
    "REPLY",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "TERMINFO",
    "TEXTDOMAIN",
    "TEXTDOMAINDIR",
    "TIMEFORMAT",
    "TMOUT",
    "TMPDIR",
    "TZ",
    "TZDIR",
    "UID",
    "USER",
    "VIM",
    "VIMINIT",
    "VIMRUNTIME",
    "VISUAL",
];

/// The same for all that begin so.
const RESERVED_FAMILIES: &[&str] = &[
    "BASH",
    "COMP_",
    "CURL_",
    "DYLD_",
    "GIT_",
    "GLIBC_",
    "KUBE",
    "LC_",
    "LD_",
    "MALLOC_",
    "OPENSSL_",
    "PERL",
    "PYTHON",
    "READLINE_",
    "RUBY",
    "SATRAIN",
    "SSH_",
    "SSL_CERT_",
    "XDG_",
];

/// And for all that end so.
const RESERVED_ENDS: &[&str] = &["_EDITOR", "_PAGER", "_PROXY"];

/// Whether a variable has a meaning of its own.
fn has_a_meaning(variable: &str) -> bool {
    let is_prompt =
        variable.strip_prefix("PS").is_some_and(|n| n.len() == 1 && n.chars().all(|c| c.is_ascii_digit()));
    RESERVED.contains(&variable)
        || is_prompt
        || RESERVED_FAMILIES.iter().any(|family| variable.starts_with(family))
        || RESERVED_ENDS.iter().any(|end| variable.ends_with(end))
}

/// A DNS label: lower-case letters, digits and inner dashes, 1 to 63 characters.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

/// A DNS subdomain: labels joined by dots, at most 253 characters.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
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
    if has_a_meaning(&variable) {
        return Err(format!(
            "the shell or a program gives the script variable {variable} a meaning of its own"
        ));
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

/// Whether a Namespace is one that each cluster has of its own: no lab may be in it.
pub(crate) fn is_clusters_own(namespace: &str) -> bool {
    namespace == "default" || namespace.starts_with("kube-")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_no_variable_with_a_meaning() {
        for name in [
            "path",
            "bashEnv",
            "env",
            "histfile",
            "ldPreload",
            "ldLibraryPath",
            "kubeEditor",
            "kubeconfig",
            "promptCommand",
            "ps4",
            "pythonpath",
            "perl5opt",
            "gitSshCommand",
            "inputrc",
            "httpsProxy",
            "allProxy",
            "pager",
            "lessopen",
            "godebug",
            "nodeOptions",
            "satrainState",
            "tz",
            "lcAll",
            "xdgConfigHome",
            "hostaliases",
            "manpager",
        ] {
            assert!(param_name(name).is_err(), "{name}");
        }
        for name in
            ["namespace", "serviceAccount", "directory", "nodeName", "goodPod", "history", "psql", "shelf"]
        {
            assert_eq!(param_name(name), Ok(()), "{name}");
        }
    }
}
