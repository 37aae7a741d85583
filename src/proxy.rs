//! Which proxy leads to a server, by the rules of Go's `net/http`, so that satrain goes the way that kubectl goes.
//!
//! In: the user's variables and the server's URL. Out: the proxy's URL, or none. Never: a proxy for this machine itself,
//! where all of satrain's own clusters are. Pure.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

/// What the user's variables say about proxies.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<Named>,
    http: Option<Named>,
    all: Option<Named>,
    exempt: Vec<Exempt>,
}

/// The first of the variables that says something.
#[derive(Clone)]
struct Named {
    variable: &'static str,
    value: String,
}

/// An entry of NO_PROXY; a port makes it hold for that port only.
#[derive(Clone)]
enum Exempt {
    All,
    Net(IpNet),
    Ip(IpAddr, Option<String>),
    /// `.example.org`: what is below it. `itself`: the name without the dot, too.
    Domain {
        suffix: String,
        itself: bool,
        port: Option<String>,
    },
}

/// A proxy that cannot be used. It does not say which: the URL may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} does not name a usable proxy: satrain understands [http://|https://|socks5://][USER:PASSWORD@]HOST[:PORT]"
)]
pub struct Unusable(&'static str);

// A value may hold a password.
impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = [&self.https, &self.http, &self.all].into_iter().flatten().map(|n| n.variable);
        f.debug_list().entries(named).finish()
    }
}

impl Proxies {
    /// Reads them with `variable`: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals first.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = variable(name)?.trim().to_owned();
                (!value.is_empty()).then_some(Named { variable: name, value })
            })
        };
        let exempt = first(["NO_PROXY", "no_proxy"]).map(|named| named.value).unwrap_or_default();
        Self {
            https: first(["HTTPS_PROXY", "https_proxy"]),
            http: first(["HTTP_PROXY", "http_proxy"]),
            all: first(["ALL_PROXY", "all_proxy"]),
            exempt: exempt.split(',').filter_map(Exempt::read).collect(),
        }
    }

    /// The proxy for the server at this URL.
    ///
    /// # Errors
    /// If the variable that holds for it names no usable proxy.
    pub fn for_server(&self, server: &Uri) -> Result<Option<Uri>, Unusable> {
        let Some(host) = server.host() else { return Ok(None) };
        let plain = server.scheme_str() == Some("http");
        let port = server.port_u16().unwrap_or(if plain { 80 } else { 443 }).to_string();
        let named = if plain { &self.http } else { &self.https };
        match named.as_ref().or(self.all.as_ref()) {
            Some(named) if !is_loopback(host) && !self.exempt.iter().any(|e| e.holds(host, &port)) => {
                url(&named.value).map(Some).ok_or(Unusable(named.variable))
            }
            _ => Ok(None),
        }
    }
}

/// Whether the host of a URL is this machine, by its name or number.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|ip| ip.is_loopback())
}

/// A proxy's URL as people write it, in the form that the client needs.
pub fn url(text: &str) -> Option<Uri> {
    let text = match text.split_once("://") {
        None => format!("http://{text}"),
        // Names are left to the proxy either way.
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks5h") => format!("socks5://{rest}"),
        Some(_) => text.to_owned(),
    };
    let url: Uri = text.parse().ok()?;
    let host = url.host().filter(|host| !host.is_empty())?;
    // The parser leaves a port that is none for later.
    let port = shown(&url).strip_prefix(host)?.to_owned();
    if !port.is_empty() && url.port().is_none() {
        return None;
    }
    match (url.scheme_str()?, url.port()) {
        ("http" | "https", _) | ("socks5", Some(_)) => Some(url),
        ("socks5", None) => Uri::builder()
            .scheme("socks5")
            .authority(format!("{}:1080", url.authority()?))
            .path_and_query("/")
            .build()
            .ok(),
        _ => None,
    }
}

/// Host and port of a proxy, for people: without the password.
pub fn shown(proxy: &Uri) -> String {
    let authority = proxy.authority().map(|a| a.as_str()).unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// The host as an IP address. An IPv4 address in the clothes of IPv6 is one of IPv4.
fn address(host: &str) -> Option<IpAddr> {
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    host.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

impl Exempt {
    /// An entry; None for one that says nothing.
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_ascii_lowercase();
        if entry == "*" {
            return Some(Self::All);
        }
        if let Ok(net) = entry.parse() {
            return Some(Self::Net(net));
        }
        if let Some(ip) = address(&entry) {
            return Some(Self::Ip(ip, None));
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.to_owned()).filter(|p| !p.is_empty())),
            None => (entry.as_str(), None),
        };
        if let Some(ip) = address(host) {
            return Some(Self::Ip(ip, port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        match host.starts_with('.') {
            _ if host.is_empty() => None,
            true => Some(Self::Domain { suffix: host.to_owned(), itself: false, port }),
            false => Some(Self::Domain { suffix: format!(".{host}"), itself: true, port }),
        }
    }

    fn holds(&self, host: &str, port: &str) -> bool {
        let same_port = |wanted: &Option<String>| wanted.as_deref().is_none_or(|wanted| wanted == port);
        match self {
            Self::All => true,
            Self::Net(net) => address(host).is_some_and(|ip| net.contains(&ip)),
            Self::Ip(wanted, port) => address(host) == Some(*wanted) && same_port(port),
            Self::Domain { suffix, itself, port } => {
                let host = host.to_ascii_lowercase();
                (host.ends_with(suffix) || (*itself && host == suffix[1..])) && same_port(port)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "http://proxy.corp:3128";

    /// The proxy for `server` with these variables.
    fn proxy(variables: &[(&str, &str)], server: &str) -> Result<Option<String>, Unusable> {
        let read = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let found = Proxies::read(read).for_server(&server.parse().unwrap())?;
        Ok(found.map(|url| url.to_string().trim_end_matches('/').to_owned()))
    }

    #[test]
    fn this_machine_is_never_asked_for_by_a_proxy() {
        for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            for value in [PROXY, "proxy.corp:3128", "socks5://proxy.corp", "no proxy at all"] {
                for server in [
                    "https://127.0.0.1:6443",
                    "https://127.5.5.5",
                    "https://localhost:6443",
                    "https://LocalHost",
                    "https://[::1]:6443",
                    "https://[::ffff:127.0.0.1]:6443",
                    "http://127.0.0.1:8080",
                ] {
                    assert_eq!(proxy(&[(variable, value)], server), Ok(None), "{variable}={value} {server}");
                }
            }
        }
    }

    #[test]
    fn the_variable_follows_from_the_scheme_and_capitals_come_first() {
        let set = |names: &[&'static str]| -> Vec<(&'static str, &'static str)> {
            names.iter().map(|name| (*name, *name)).collect()
        };
        let all = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        for (names, https, http) in [
            (&all[..], "HTTPS_PROXY", "HTTP_PROXY"),
            (&all[1..], "https_proxy", "HTTP_PROXY"),
            (&all[2..], "ALL_PROXY", "HTTP_PROXY"),
            (&all[3..], "ALL_PROXY", "http_proxy"),
            (&all[4..], "ALL_PROXY", "ALL_PROXY"),
            (&all[5..], "all_proxy", "all_proxy"),
        ] {
            // Host names in capitals stay so.
            let named = |scheme: &str| proxy(&set(names), &format!("{scheme}://api.corp")).unwrap();
            assert_eq!(named("https").as_deref(), Some(format!("http://{https}").as_str()), "{names:?}");
            assert_eq!(named("http").as_deref(), Some(format!("http://{http}").as_str()), "{names:?}");
        }
        assert_eq!(proxy(&[], "https://api.corp"), Ok(None));
        assert_eq!(
            proxy(&[("HTTPS_PROXY", " "), ("https_proxy", "p:1")], "https://a"),
            Ok(Some("http://p:1".into()))
        );
    }

    #[test]
    fn no_proxy_names_hosts_domains_addresses_networks_and_ports() {
        for (no, server, exempt) in [
            ("", "https://api.corp", false),
            (",", "https://api.corp", false),
            ("*", "https://api.corp", true),
            ("x, *", "https://api.corp", true),
            ("api.corp", "https://api.corp:6443", true),
            ("corp", "https://api.corp:6443", true),
            ("corp", "https://corp", true),
            ("corp", "https://apicorp", false),
            ("API.Corp", "https://api.cORP", true),
            (".corp", "https://api.corp", true),
            (".corp", "https://corp", false),
            ("*.corp", "https://a.b.corp", true),
            ("*.corp", "https://corp", false),
            ("api.*", "https://api.corp", false),
            ("localhost, 127.0.0.1, api.corp,", "https://api.corp", true),
            ("localhost 127.0.0.1", "https://api.corp", false),
            ("api.corp:6443", "https://api.corp:6443", true),
            ("api.corp:6443", "https://api.corp", false),
            ("api.corp:443", "https://api.corp", true),
            (".corp:443", "https://api.corp:6443", false),
            ("10.1.2.3", "https://10.1.2.3:6443", true),
            ("10.1.2.3", "https://10.1.2.33:6443", false),
            ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
            ("10.1.2.3:443", "https://10.1.2.3:6443", false),
            ("10.0.0.0/8", "https://10.1.2.3:6443", true),
            ("10.9.9.9/8", "https://10.1.2.3:6443", true),
            ("10.0.0.0/16", "https://10.1.2.3:6443", false),
            ("10.0.0.0/8", "https://api.corp", false),
            ("fd00::/8", "https://[fd00::1]:6443", true),
            ("fd00::1", "https://[fd00::1]:6443", true),
            ("[fd00::1]:6443", "https://[fd00::1]:6443", true),
            ("[fd00::1]:443", "https://[fd00::1]:6443", false),
            (":6443", "https://api.corp:6443", false),
        ] {
            let expected = if exempt { None } else { Some(PROXY.to_owned()) };
            let both = |name| proxy(&[("HTTPS_PROXY", PROXY), (name, no)], server);
            assert_eq!(both("NO_PROXY"), Ok(expected.clone()), "NO_PROXY={no} {server}");
            assert_eq!(both("no_proxy"), Ok(expected), "no_proxy={no} {server}");
        }
    }

    #[test]
    fn a_proxy_is_written_in_several_ways() {
        for (written, url) in [
            ("proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://proxy.corp", "http://proxy.corp"),
            ("https://me:secret@proxy.corp:3128", "https://me:secret@proxy.corp:3128"),
            ("socks5://proxy.corp", "socks5://proxy.corp:1080"),
            ("socks5h://proxy.corp:9", "socks5://proxy.corp:9"),
        ] {
            assert_eq!(proxy(&[("HTTPS_PROXY", written)], "https://a"), Ok(Some(url.into())), "{written}");
        }
        for written in ["ftp://me:secret@p", "http://", "a proxy", "http://me:secret@p:none"] {
            let error = proxy(&[("https_proxy", written)], "https://a").unwrap_err().to_string();
            assert!(error.contains("https_proxy") && !error.contains("secret"), "{written}: {error}");
        }
        assert_eq!(shown(&"http://me:secret@p:1".parse().unwrap()), "p:1");
        let debug = format!("{:?}", Proxies::read(|_| Some("http://me:secret@p".into())));
        assert!(!debug.contains("secret"), "{debug}");
    }
}
