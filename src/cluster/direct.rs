//! Clients for the API servers that satrain runs itself: straight to them, each request once, without a wait.
//!
//! kube's own clients speak HTTP/1.1 only, with one connection for each question that is under way, and a connection costs
//! both sides some milliseconds of processor time. They also leave small packets waiting for others (Nagle), 40 ms at
//! times. An API server takes at least a hundred questions at once on one connection of HTTP/2; a watch or a program in a
//! Pod would hold such a place, and needs HTTP/1.1 anyway.

use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Builder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config, Error};
use tower::{BoxError, ServiceBuilder};

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// HTTP/1.1: for what lasts.
    Http1,
    /// HTTP/2, all on one connection: for many short questions at once.
    Http2,
}

/// A client of an API server that speaks both over TLS, as Kubernetes' own does.
pub(super) fn client(config: &Config, speaks: Speaks) -> Result<Client, Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let mut tls = HttpsConnectorBuilder::new().with_tls_config(config.rustls_client_config()?).https_only();
    if let Some(name) = config.tls_server_name.clone() {
        let name = name.try_into().map_err(|e| Error::Service(Box::new(e)))?;
        tls = tls.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let tls = match speaks {
        Speaks::Http1 => tls.enable_http1().wrap_connector(tcp),
        Speaks::Http2 => tls.enable_http2().wrap_connector(tcp),
    };
    let mut http = Builder::new(TokioExecutor::new());
    let http = http.http2_only(speaks == Speaks::Http2).build::<_, Body>(tls);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}
