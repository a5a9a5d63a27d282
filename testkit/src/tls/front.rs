//! A server that puts TLS in front of a fake.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

use super::ServerCertificate;
use crate::{FakeApi, RecordedRequest, http};

/// The time limit of each read and write, so that no thread outlives a test for long.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum length of a request head, in bytes.
const HEAD_LIMIT: u64 = 64 << 10;
/// The first byte of a connection that starts with TLS: the type of a handshake record.
const HANDSHAKE: u8 = 22;

/// A server on a free loopback port that puts TLS in front of a [`FakeApi`].
///
/// It serves a client that connects directly, and one that uses it as an HTTP proxy: it accepts
/// each `CONNECT`, and then plays the requested host itself, as a proxy does that intercepts TLS. So
/// a test can use any host name.
///
/// Each connection serves one request. Dropping the server stops it.
#[must_use = "the server stops when it is dropped"]
#[derive(Debug)]
pub struct TlsFront {
    addr: SocketAddr,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    fake: SocketAddr,
    config: Arc<ServerConfig>,
    is_stopped: AtomicBool,
    connects: Mutex<Vec<RecordedRequest>>,
    resumptions: AtomicUsize,
}

impl TlsFront {
    /// Starts a server with this certificate in front of this fake.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it has no free port, file descriptor or thread.
    pub fn start(fake: &FakeApi, certificate: &ServerCertificate) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared {
            fake: fake.addr(),
            config: Arc::clone(&certificate.config),
            is_stopped: AtomicBool::new(false),
            connects: Mutex::default(),
            resumptions: AtomicUsize::new(0),
        });
        let server = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("tls-front".to_owned()).spawn(move || serve(&listener, &shared))?
        };
        Ok(Self { addr, shared, server: Some(server) })
    }

    /// Returns the address that the server listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the `CONNECT` requests that it received as a proxy.
    pub fn connects(&self) -> Vec<RecordedRequest> {
        self.shared.connects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of connections that resumed a TLS session of an earlier one.
    pub fn resumptions(&self) -> usize {
        self.shared.resumptions.load(Ordering::Relaxed)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        // Wakes the accepting thread.
        let _ = TcpStream::connect_timeout(&self.addr, TIMEOUT);
        if let Some(server) = self.server.take() {
            // A panic of a thread was reported when it happened.
            let _ = server.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for (number, stream) in listener.incoming().enumerate() {
        if shared.is_stopped.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { return };
        let shared = Arc::clone(shared);
        // The client sees an error here as a closed connection.
        thread::spawn(move || exchange(stream, &shared, number));
    }
}

/// Serves one request. A client that rejects the certificate ends it early.
fn exchange(mut stream: TcpStream, shared: &Shared, number: usize) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut first = [0];
    if stream.peek(&mut first)? == 0 {
        return Ok(());
    }
    if first != [HANDSHAKE] {
        let connect = http::read_head(&mut stream, &mut Vec::new(), number)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        shared.connects.lock().unwrap_or_else(PoisonError::into_inner).push(connect);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    let connection = ServerConnection::new(Arc::clone(&shared.config)).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, stream);
    let response = respond(&mut client, shared.fake)?;
    if client.conn.handshake_kind() == Some(HandshakeKind::Resumed) {
        shared.resumptions.fetch_add(1, Ordering::Relaxed);
    }
    client.write_all(&response)?;
    client.conn.send_close_notify();
    client.flush()?;
    // Closing a socket that holds unread bytes resets the connection, and the client could lose the
    // response.
    client.sock.shutdown(Shutdown::Write)?;
    io::copy(&mut client.sock, &mut io::sink())?;
    Ok(())
}

/// Returns the fake's response to the request of a client.
fn respond(client: &mut StreamOwned<ServerConnection, TcpStream>, fake: SocketAddr) -> io::Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut head = Vec::new();
    let mut client = client.take(HEAD_LIMIT);
    while !head.ends_with(END) {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    head.truncate(head.len() - 2);
    head.extend_from_slice(b"connection: close\r\n\r\n");
    let mut fake = TcpStream::connect(fake)?;
    fake.write_all(&head)?;
    let mut response = Vec::new();
    fake.read_to_end(&mut response)?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;
    use crate::tls::Authority;

    /// Sends a request for a page as `service.example`, and returns the response.
    fn get(stream: TcpStream, trusted: &Authority) -> io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(trusted.der())).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "service.example".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut tls = StreamOwned::new(connection, stream);
        tls.write_all(b"GET /browser_sessions HTTP/1.1\r\nauthorization: Bearer any\r\n\r\n")?;
        let mut response = String::new();
        tls.read_to_string(&mut response)?;
        Ok(response)
    }

    fn tunnel(front: &TlsFront) -> TcpStream {
        let mut stream = TcpStream::connect(front.addr()).unwrap();
        stream.write_all(b"CONNECT service.example:443 HTTP/1.1\r\n\r\n").unwrap();
        let mut response = [0; 19];
        stream.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200 OK\r\n\r\n");
        stream
    }

    #[test]
    fn a_front_serves_the_fake_directly_and_as_a_proxy() {
        let (fake, authority) = (FakeApi::start().unwrap(), Authority::new("Example CA"));
        let front = TlsFront::start(&fake, &authority.certificate("service.example")).unwrap();
        for stream in [TcpStream::connect(front.addr()).unwrap(), tunnel(&front)] {
            let response = get(stream, &authority).unwrap();
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with("}}"), "{response}");
        }
        assert_eq!((fake.requests().len(), front.connects().len()), (2, 1));
    }

    #[test]
    fn an_invalid_certificate_lets_no_request_through() {
        let fake = FakeApi::start().unwrap();
        let authority = Authority::new("Example CA");
        let table = [
            (Authority::new("Other CA").certificate("service.example"), "UnknownIssuer"),
            (authority.certificate("other.example"), "certificate not valid for name \"service.example\""),
            (authority.expired_certificate("service.example"), "certificate expired"),
        ];
        for (certificate, reason) in table {
            let front = TlsFront::start(&fake, &certificate).unwrap();
            let error = get(tunnel(&front), &authority).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert_eq!(fake.requests(), []);
    }
}
