//! Feeds over TLS: HTTP/2, authorities of the operator's own, and certificates that we show.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use common::{Desk, local, quick, rss, titles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use wiredesk_fetcher::{FetchPage, SourceConfig};

/// What a connection came with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    protocol: String,
    certificates: usize,
}

/// An authority, and what it has certified.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
        }
    }

    /// A certificate for these names, with its key.
    fn certify(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// A server that asks for a certificate, and serves one feed.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _runtime: Runtime,
}

impl Server {
    fn start(authority: &Authority, names: &[&str], protocols: &[&str]) -> Self {
        let (certificate, key) = authority.certify(names);
        let mut roots = RootCertStore::empty();
        roots.add(authority.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|one| one.as_bytes().to_vec())
            .collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let address = listener.local_addr().unwrap();
        let noted = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, Arc::clone(&noted)));
            }
        });
        Self {
            address,
            seen,
            _runtime: runtime,
        }
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let stream = acceptor.accept(stream).await.ok()?;
    let (_, session) = stream.get_ref();
    let protocol = session.alpn_protocol().unwrap_or(b"none");
    let protocol = String::from_utf8_lossy(protocol).into_owned();
    let certificates = session.peer_certificates().map_or(0, <[_]>::len);
    seen.lock().unwrap().push(Seen {
        protocol: protocol.clone(),
        certificates,
    });
    let body = rss(&[("1", "One", "a")]);
    if protocol == "h2" {
        let mut connection = h2::server::handshake(stream).await.ok()?;
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let answer = http::Response::new(());
            let mut send = respond.send_response(answer, false).ok()?;
            send.send_data(Bytes::from(body.clone()), true).ok()?;
        }
    } else {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = stream;
        let mut head = [0; 4096];
        // The request fits into one piece; what it asks for does not matter.
        let _ = stream.read(&mut head).await.ok()?;
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.shutdown().await.ok()?;
    }
    Some(())
}

/// A source at the server, with the files of an authority and of a certificate to show.
fn source(server: &Server, folder: &Path, authority: &Authority) -> SourceConfig {
    let (certificate, key) = authority.certify(&["desk.example"]);
    let shown = folder.join("desk.pem");
    std::fs::write(&shown, certificate.pem() + &key.serialize_pem()).unwrap();
    let trusted = folder.join("ca.pem");
    std::fs::write(&trusted, authority.issuer.pem()).unwrap();
    SourceConfig {
        fetch_page: FetchPage::Never,
        client_certificate: Some(shown.display().to_string()),
        ca_certificate: Some(trusted.display().to_string()),
        ..local(
            "post",
            &format!("https://localhost:{}/feed", server.address.port()),
        )
    }
}

fn error_of(source: SourceConfig) -> String {
    let mut desk = Desk::new(vec![source], quick());
    assert_eq!(desk.poll().len(), 0);
    desk.cursor("post").health.last_error.unwrap()
}

#[test]
fn a_feed_is_read_over_http_2_and_http_1_with_a_certificate() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    for (protocols, spoken) in [
        (&["h2", "http/1.1"][..], "h2"),
        (&["http/1.1"][..], "http/1.1"),
        (&[][..], "none"),
    ] {
        let server = Server::start(&authority, &["localhost"], protocols);
        let mut desk = Desk::new(vec![source(&server, folder.path(), &authority)], quick());
        assert_eq!(titles(&desk.poll()), ["One"], "{spoken}");
        let expected = Seen {
            protocol: spoken.to_owned(),
            certificates: 1,
        };
        assert_eq!(*server.seen.lock().unwrap(), [expected]);
    }
}

#[test]
fn nobody_is_trusted_without_reason() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&authority, &["localhost"], &["h2"]);
    let trusting = source(&server, folder.path(), &authority);
    let strange = SourceConfig {
        ca_certificate: None,
        ..trusting.clone()
    };
    let error = error_of(strange);
    assert!(error.contains("certificate"), "{error}");
    let nameless = SourceConfig {
        client_certificate: None,
        ..trusting.clone()
    };
    let error = error_of(nameless);
    assert!(error.contains("is out of reach"), "{error}");
    assert_eq!(server.seen.lock().unwrap().len(), 0);

    let other = Server::start(&authority, &["post.example"], &["h2"]);
    let error = error_of(source(&other, folder.path(), &authority));
    assert!(error.contains("certificate"), "{error}");
    let lost = SourceConfig {
        ca_certificate: Some("/nowhere/ca.pem".to_owned()),
        ..trusting
    };
    let error = error_of(lost);
    assert!(
        error.contains("ca_certificate cannot be used: /nowhere/ca.pem"),
        "{error}"
    );
}
