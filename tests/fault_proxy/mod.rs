//! A plain HTTP front before the real API that mistreats a share of all requests.
//!
//! In: a client of the API and a [`Plan`]. It reads requests from plain sockets and writes the answers by hand, since
//! a well-behaved server library cannot send half a body. Watches are streamed, and an upgrade (101) becomes a pipe.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs, reason = "test support")]

pub mod plan;

use std::io;
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use plan::{Fault, LATE, Plan};

/// A running front; ends when dropped.
pub struct FaultProxy {
    pub url: http::Uri,
    pub plan: Arc<Plan>,
    _connections: JoinSet<()>,
}

impl FaultProxy {
    pub async fn start(api: Client, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let plan = Arc::new(plan);
        let mine = plan.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (api, plan) = (api.clone(), mine.clone());
                connections.spawn(async move {
                    // A connection that ends badly is what this is for.
                    let _ = converse(stream, &api, &plan).await;
                });
            }
        });
        Self { url, plan, _connections: tasks }
    }

    /// A client of this front that sends each request once.
    pub fn client(&self) -> Client {
        let mut config = kube::Config::new(self.url.clone());
        config.default_retry = false;
        Client::try_from(config).unwrap()
    }
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, api: &Client, plan: &Plan) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        let told = (request.method().to_string(), request.uri().to_string(), request.body().clone());
        let fault = plan.draw(&told);
        match fault {
            Some(Fault::Late) => sleep(LATE).await,
            Some(Fault::TooLate) => {
                sleep(LATE * 1000).await;
                return Ok(());
            }
            Some(Fault::Reset) => return reset(&stream),
            Some(Fault::Busy) => {
                say(&mut stream, "429 Too Many Requests", "Retry-After: 1\r\n", STATUS).await?;
                continue;
            }
            Some(Fault::VeryBusy) => {
                say(&mut stream, "429 Too Many Requests", "Retry-After: 3600\r\n", STATUS).await?;
                continue;
            }
            Some(Fault::Broken) => {
                say(&mut stream, "500 Internal Server Error", "", STATUS).await?;
                continue;
            }
            Some(Fault::Unavailable) => {
                say(&mut stream, "503 Service Unavailable", "", PAGE).await?;
                continue;
            }
            Some(Fault::Page) => {
                say(&mut stream, "200 OK", "", PAGE).await?;
                continue;
            }
            _ => {}
        }
        let streams = request.uri().query().is_some_and(|q| q.contains("watch=true"));
        let response = api.send(request.map(Body::from)).await.map_err(io::Error::other)?;
        if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
            return pipe(stream, response, fault).await;
        }
        write_head(&mut stream, response.status(), response.headers()).await?;
        if streams {
            return stream_body(stream, response, fault).await;
        }
        let body = response.into_body().collect_bytes().await.map_err(io::Error::other)?;
        if !write_body(&mut stream, &body, fault).await? {
            return Ok(());
        }
    }
    Ok(())
}

const PAGE: &str = "<html><body>Please try again later</body></html>";
const STATUS: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"injected"}"#;

async fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request<Vec<u8>>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut first = lines.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, uri) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let mut request = Request::builder().method(method).uri(uri);
    let mut length = 0;
    for (name, value) in lines.iter().skip(1).filter_map(|line| line.split_once(": ")) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "host" => {}
            _ => request = request.header(name, value),
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    request.body(body).map(Some).map_err(io::Error::other)
}

async fn say(stream: &mut BufReader<TcpStream>, status: &str, more: &str, body: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await
}

/// The status line and the headers that say nothing about the body's length.
async fn write_head(
    stream: &mut BufReader<TcpStream>,
    status: http::StatusCode,
    headers: &http::HeaderMap,
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in headers {
        if name != http::header::CONTENT_LENGTH && name != http::header::TRANSFER_ENCODING {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().map_err(io::Error::other)?));
        }
    }
    stream.write_all(head.as_bytes()).await
}

/// A whole body, or what the fault leaves of it. Tells whether the connection can be used again.
async fn write_body(
    stream: &mut BufReader<TcpStream>,
    body: &[u8],
    fault: Option<Fault>,
) -> io::Result<bool> {
    let half = &body[..body.len() / 2];
    let (length, sent) = match fault {
        Some(Fault::ResetMidway | Fault::Stalls | Fault::CutWithLength) => (body.len(), half),
        Some(Fault::CutToLength) => (half.len(), half),
        Some(Fault::CutChunks) => {
            let chunk = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", half.len());
            stream.write_all(chunk.as_bytes()).await?;
            stream.write_all(half).await?;
            stream.write_all(b"\r\n").await?;
            return Ok(false);
        }
        Some(Fault::CutWithoutLength) => {
            stream.write_all(b"Connection: close\r\n\r\n").await?;
            stream.write_all(half).await?;
            return Ok(false);
        }
        _ => (body.len(), body),
    };
    stream.write_all(format!("Content-Length: {length}\r\n\r\n").as_bytes()).await?;
    stream.write_all(sent).await?;
    after(stream, fault).await
}

/// What happens once a half was sent.
async fn after(stream: &BufReader<TcpStream>, fault: Option<Fault>) -> io::Result<bool> {
    match fault {
        Some(Fault::ResetMidway) => {
            // What was written must arrive before the reset takes it back.
            sleep(LATE / 10).await;
            reset(stream)?;
            Ok(false)
        }
        Some(Fault::Stalls) => {
            sleep(LATE * 1000).await;
            Ok(false)
        }
        Some(Fault::CutWithLength) => Ok(false),
        _ => Ok(true),
    }
}

/// A watch, part by part; a fault cuts the first one.
async fn stream_body(
    mut stream: BufReader<TcpStream>,
    response: Response<Body>,
    fault: Option<Fault>,
) -> io::Result<()> {
    stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n").await?;
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(io::Error::other)?.into_data() else { continue };
        let cut = fault.is_some_and(|f| f != Fault::Late);
        let sent = if cut { &data[..data.len() / 2] } else { &data[..] };
        stream.write_all(format!("{:x}\r\n", sent.len()).as_bytes()).await?;
        stream.write_all(sent).await?;
        stream.write_all(b"\r\n").await?;
        if cut {
            after(&stream, fault).await?;
            return Ok(());
        }
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// An upgraded connection. A fault lets only the beginning of what comes back through.
async fn pipe(
    mut stream: BufReader<TcpStream>,
    response: Response<Body>,
    fault: Option<Fault>,
) -> io::Result<()> {
    write_head(&mut stream, response.status(), response.headers()).await?;
    stream.write_all(b"\r\n").await?;
    let upgraded = hyper::upgrade::on(response).await.map_err(io::Error::other)?;
    let (mut from_api, mut to_api) = tokio::io::split(TokioIo::new(upgraded));
    let few = match fault {
        None | Some(Fault::Late) => u64::MAX,
        // Never all of it: the answer alone has more, and an exit code comes last.
        Some(fault) => 8 + fault as u64 * 4,
    };
    let (mut from_learner, mut to_learner) = tokio::io::split(stream);
    {
        let there = copy(&mut from_learner, &mut to_api);
        let mut limited = (&mut from_api).take(few);
        let back = copy(&mut limited, &mut to_learner);
        tokio::select! {
            _ = there => {}
            _ = back => {}
        }
    }
    after(&from_learner.unsplit(to_learner), fault).await?;
    Ok(())
}

fn reset(stream: &BufReader<TcpStream>) -> io::Result<()> {
    stream.get_ref().set_zero_linger()
}
