//! The cluster's keys and certificates, made at its first start and kept as long as its data.
//!
//! Out: the files which the components read, and the credentials of the cluster's three users. Keys are 0600 and
//! never logged. ServiceAccount tokens are signed with RSA (RS256), as most clusters do: RSA signatures are
//! deterministic, so a re-created legacy token Secret holds the very same token, which labs teach.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

use super::layout::Lab;
use super::network::{GATEWAY, NODE, SERVICE};
use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::json::write_private;

/// The group that Kubernetes authorizes for everything, before RBAC is asked.
const MASTERS: &str = "system:masters";
/// The learner: cluster-admin by RBAC, so that the audit log tells learner from grader.
pub(crate) const LEARNER: &str = "satrain:learner";
/// The grader.
pub(crate) const GRADER: &str = "satrain:grader";
/// The supervisor, left out of the audit log.
pub(crate) const SUPERVISOR: &str = "satrain:supervisor";

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// What kubeconfigs are made from.
pub(crate) struct Pki {
    /// The cluster's CA certificate, as PEM.
    pub(crate) ca: String,
    pub(crate) learner: Pair,
    pub(crate) grader: Pair,
    pub(crate) supervisor: Pair,
    pub(crate) controller_manager: Pair,
    pub(crate) scheduler: Pair,
    pub(crate) kubelet: Pair,
}

/// Makes everything and writes what components read into the lab's `pki` folder.
pub(crate) fn create(lab: &Lab) -> Result<Pki> {
    let sa_key = std::thread::spawn(service_account_key);
    let ca = authority("satrain-ca")?;
    let front_proxy_ca = authority("satrain-front-proxy-ca")?;
    let node = format!("system:node:{NODE}");
    let client = |name: &str, group| leaf(&ca, name, group, &[]);

    let api_names = api_names();
    let api = leaf(&ca, "kube-apiserver", None, &api_names)?;
    let kubelet_names = [ip(Ipv4Addr::LOCALHOST), ip(GATEWAY), dns(NODE)?, dns("localhost")?];
    let kubelet_server = leaf(&ca, &node, Some("system:nodes"), &kubelet_names)?;
    // The controller manager and the scheduler would make RSA keys for themselves at each start: 0.1 to 0.5 s each.
    let local_server = leaf(&ca, "localhost", None, &[ip(Ipv4Addr::LOCALHOST), dns("localhost")?])?;
    let to_kubelet = client("kube-apiserver-kubelet-client", Some(MASTERS))?;
    let front_proxy = leaf(&front_proxy_ca, "front-proxy-client", None, &[])?;

    let pki = Pki {
        ca: ca.pem(),
        learner: client(LEARNER, None)?,
        grader: client(GRADER, Some(MASTERS))?,
        supervisor: client(SUPERVISOR, Some(MASTERS))?,
        controller_manager: client("system:kube-controller-manager", None)?,
        scheduler: client("system:kube-scheduler", None)?,
        kubelet: client(&node, Some("system:nodes"))?,
    };

    let save = |file: &str, text: &str| write_private(&path(lab, file), text.as_bytes(), None);
    save("ca.crt", &pki.ca)?;
    save(NODE_CA, &pki.ca)?;
    save("ca.key", &ca.key().serialize_pem())?;
    save("front-proxy-ca.crt", &front_proxy_ca.pem())?;
    for (name, pair) in [
        ("apiserver", &api),
        ("kubelet-server", &kubelet_server),
        ("local-server", &local_server),
        ("apiserver-kubelet-client", &to_kubelet),
        ("front-proxy-client", &front_proxy),
        ("supervisor", &pki.supervisor),
    ] {
        save(&format!("{name}.crt"), &pair.certificate)?;
        save(&format!("{name}.key"), &pair.key)?;
    }
    let sa_key = sa_key.join().map_err(|_| ClusterError::Pki { why: "the RSA generator died".into() })??;
    save("sa.key", &sa_key)?;
    Ok(pki)
}

/// The files of the lab's `pki` folder.
pub(crate) const FILES: [&str; 17] = [
    NODE_CA,
    "ca.crt",
    "ca.key",
    "front-proxy-ca.crt",
    "apiserver.crt",
    "apiserver.key",
    "kubelet-server.crt",
    "kubelet-server.key",
    "local-server.crt",
    "local-server.key",
    "apiserver-kubelet-client.crt",
    "apiserver-kubelet-client.key",
    "front-proxy-client.crt",
    "front-proxy-client.key",
    "supervisor.crt",
    "supervisor.key",
    "sa.key",
];

/// The CA's certificate and the supervisor's credentials, as they were made.
pub(crate) fn kept(lab: &Lab) -> Result<(String, Pair)> {
    let read = |file: &str| {
        let path = path(lab, file);
        std::fs::read_to_string(&path).map_err(io("reading", &path))
    };
    Ok((read("ca.crt")?, Pair { certificate: read("supervisor.crt")?, key: read("supervisor.key")? }))
}

/// The CA's certificate, as the kubelet has it.
const NODE_CA: &str = "node-ca.crt";

/// Where one of [`FILES`] is.
pub(crate) fn path(lab: &Lab, file: &str) -> PathBuf {
    let of_kubelet = file == NODE_CA || file.starts_with("kubelet-server.");
    if of_kubelet { lab.node().join(file) } else { lab.pki().join(file) }
}

fn service_account_key() -> Result<String> {
    let key = rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).map_err(failed)?;
    Ok(key.to_pkcs8_pem(LineEnding::LF).map_err(failed)?.to_string())
}

fn authority(name: &str) -> Result<Issuer> {
    let mut params = dated(name)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(failed)?).map_err(failed)
}

/// A client certificate, or with `names` a server's.
fn leaf(ca: &Issuer, name: &str, group: Option<&str>, names: &[SanType]) -> Result<Pair> {
    let mut params = dated(name)?;
    if let Some(group) = group {
        params.distinguished_name.push(DnType::OrganizationName, group);
    }
    params.subject_alt_names = names.to_vec();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![if names.is_empty() {
        ExtendedKeyUsagePurpose::ClientAuth
    } else {
        ExtendedKeyUsagePurpose::ServerAuth
    }];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.signed_by(&key, ca).map_err(failed)?.pem();
    Ok(Pair { certificate, key: key.serialize_pem() })
}

/// Valid from yesterday (clocks differ) for a year and a day.
fn dated(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let today = Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
    let day = |d: jiff::civil::Date| {
        date_time_ymd(d.year().into(), d.month().unsigned_abs(), d.day().unsigned_abs())
    };
    params.not_before = day(today.checked_sub(1.day()).map_err(failed)?);
    params.not_after = day(today.checked_add(1.year()).map_err(failed)?);
    Ok(params)
}

fn api_names() -> Vec<SanType> {
    let hosts = [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ];
    let addresses = [Ipv4Addr::LOCALHOST, GATEWAY, SERVICE];
    addresses.into_iter().map(ip).chain(hosts.into_iter().filter_map(|h| dns(h).ok())).collect()
}

fn ip(address: Ipv4Addr) -> SanType {
    SanType::IpAddress(IpAddr::V4(address))
}

fn dns(name: &str) -> Result<SanType> {
    Ok(SanType::DnsName(name.try_into().map_err(failed)?))
}

fn failed(error: impl std::fmt::Display) -> ClusterError {
    ClusterError::Pki { why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn every_file_of_the_pki_is_readable_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let lab = Lab::at(dir.path());
        for folder in [lab.pki(), lab.node()] {
            std::fs::create_dir(folder).unwrap();
        }
        let pki = create(&lab).unwrap();
        assert!(pki.learner.key.contains("PRIVATE KEY"));
        let mut files = Vec::new();
        let made = [lab.pki(), lab.node()].map(|folder| std::fs::read_dir(folder).unwrap());
        for file in made.into_iter().flatten().flatten() {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            files.push(file.file_name().into_string().unwrap());
        }
        files.sort();
        let mut known = FILES;
        known.sort_unstable();
        assert_eq!(files, known);
        let (ca, supervisor) = kept(&lab).unwrap();
        assert_eq!((ca, supervisor.key), (pki.ca, pki.supervisor.key));
    }

    #[test]
    fn the_api_certificate_is_good_for_the_service_address() {
        assert!(api_names().contains(&ip(SERVICE)));
        assert_eq!(api_names().len(), 8);
    }
}
