//! The HTTP listener of a process.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use wiredesk_telemetry::{Metric, count};

use crate::HostError;

/// Time that open answers get to end once the server closes.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Tells long answers (event streams) that the server closes.
#[derive(Debug, Clone)]
pub struct Closing(watch::Receiver<bool>);

impl Closing {
    /// Returns once the server closes.
    pub async fn wait(&mut self) {
        // An error means that the server is gone, which is as good.
        let _ = self.0.wait_for(|closing| *closing).await;
    }
}

/// A listener with its own threads. Dropping it closes it.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    close: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Listens on `address` and serves what `routes` makes.
    ///
    /// # Errors
    /// Where the address is taken or not ours.
    pub fn start(
        address: SocketAddr,
        routes: impl FnOnce(Closing) -> Router,
    ) -> Result<Self, HostError> {
        Self::open(address, guarded, routes)
    }

    /// The same for routes that know by a signature whom they answer, and that may be asked under
    /// any name: behind a proxy, a listener on this machine is asked by its public one.
    ///
    /// # Errors
    /// Where the address is taken or not ours.
    pub fn start_for_all(
        address: SocketAddr,
        routes: impl FnOnce(Closing) -> Router,
    ) -> Result<Self, HostError> {
        Self::open(address, |router, _| router.layer(from_fn(counted)), routes)
    }

    fn open(
        address: SocketAddr,
        guard: impl FnOnce(Router, SocketAddr) -> Router,
        routes: impl FnOnce(Closing) -> Router,
    ) -> Result<Self, HostError> {
        let listen = |source| HostError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        let (close, closing) = watch::channel(false);
        let router = guard(routes(Closing(closing.clone())), bound);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(listen)?;
        let thread = std::thread::Builder::new()
            .name("http-server".to_owned())
            .spawn(move || {
                runtime.block_on(serve(listener, router, Closing(closing)));
                runtime.shutdown_timeout(CLOSE_LIMIT);
            })
            .map_err(listen)?;
        Ok(Self {
            address: bound,
            close,
            thread: Some(thread),
        })
    }

    /// The address that it listens on, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        let _ = self.close.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, router: Router, mut closing: Closing) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("the HTTP listener could not be taken over: {error}");
            return;
        }
    };
    let mut limit = closing.clone();
    let served =
        axum::serve(listener, router).with_graceful_shutdown(async move { closing.wait().await });
    tokio::select! {
        result = served => {
            if let Err(error) = result {
                tracing::error!("the HTTP server ended: {error}");
            }
        }
        () = async { limit.wait().await; tokio::time::sleep(CLOSE_LIMIT).await } => {}
    }
}

/// Counts every answer, and where only this machine may ask, refuses pages of other sites that
/// have pointed their own name at it (DNS rebinding).
fn guarded(router: Router, bound: SocketAddr) -> Router {
    router
        .layer(from_fn_with_state(
            bound.ip().is_loopback(),
            local_names_only,
        ))
        .layer(from_fn(counted))
}

async fn local_names_only(State(loopback): State<bool>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match host {
        Some(host) if loopback && !is_local(host) => {
            let text = "this address answers to localhost only\n";
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
        _ => next.run(request).await,
    }
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let plain = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || plain.parse::<std::net::IpAddr>().is_ok()
}

async fn counted(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = match response.status().as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    count(Metric::HttpRequests, &[class], 1);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_names_are_local() {
        for local in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:80",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_local(local), "{local}");
        }
        for foreign in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example:80",
            "",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
