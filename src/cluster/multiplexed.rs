//! A client that asks everything over one connection (HTTP/2): for many short questions at once.
//!
//! A connection costs both sides some milliseconds of processor time, and HTTP/1.1 needs one for each question that is
//! under way. kube's own clients speak HTTP/1.1 only. Each request is sent once. An API server takes at least a hundred
//! questions at once on a connection; a watch or a program in a Pod would hold such a place, so they go elsewhere.

use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Builder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config, Error};
use tower::{BoxError, ServiceBuilder};

/// A client of an API server that speaks HTTP/2 over TLS, as Kubernetes' own does.
pub(super) fn client(config: &Config) -> Result<Client, Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let mut tls = HttpsConnectorBuilder::new().with_tls_config(config.rustls_client_config()?).https_only();
    if let Some(name) = config.tls_server_name.clone() {
        let name = name.try_into().map_err(|e| Error::Service(Box::new(e)))?;
        tls = tls.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let tls = tls.enable_http2().wrap_connector(tcp);
    let http = Builder::new(TokioExecutor::new()).http2_only(true).build::<_, Body>(tls);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}
