//! A relay between a client and a server on loopback, which can be slow, stalled or cut.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes passed on at once.
const PIECE: usize = 16 * 1024;

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    stalled: bool,
    closed: bool,
    /// Both ends of every connection, by its number.
    open: HashMap<u64, (TcpStream, TcpStream)>,
    connections: u64,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as a piece has to; `false` where the relay is closed.
    fn hold_back(&self) -> bool {
        let state = self.state();
        let delay = state.delay;
        let waited = self
            .changed
            .wait_while(state, |state| state.stalled && !state.closed);
        let goes_on = waited.is_ok_and(|state| !state.closed);
        if goes_on && !delay.is_zero() {
            thread::sleep(delay);
        }
        goes_on
    }
}

/// Passes connections on to a server; it closes when dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Relay {
    /// Passes everything on to `target`, which need not be there yet.
    ///
    /// # Panics
    /// Where no port can be had on the loopback interface.
    pub fn to(target: SocketAddr) -> Self {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let relay = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if relay.state().closed {
                    break;
                }
                let relay = Arc::clone(&relay);
                // A server that is away is for the client to bear, as without a relay.
                thread::spawn(move || client.and_then(|client| pass_on(client, target, &relay)));
            }
        });
        Self { address, shared }
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every piece takes so much longer from now on.
    pub fn set_delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Whether nothing passes from now on; connections stay open.
    pub fn set_stalled(&self, stalled: bool) {
        self.shared.state().stalled = stalled;
        self.shared.changed.notify_all();
    }

    /// Cuts every connection; new ones are passed on.
    pub fn cut(&self) {
        for (client, server) in self.shared.state().open.values() {
            close(client, server);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_all();
        self.cut();
        // Wakes the listener, so that its thread sees the end.
        let _ = TcpStream::connect(self.address);
    }
}

fn close(client: &TcpStream, server: &TcpStream) {
    // Either may be closed already.
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn pass_on(client: TcpStream, target: SocketAddr, shared: &Arc<Shared>) -> std::io::Result<()> {
    let server = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ends = (client.try_clone()?, server.try_clone()?);
    let number = {
        let mut state = shared.state();
        state.connections += 1;
        let number = state.connections;
        state.open.insert(number, ends);
        number
    };
    let (back_from, back_to) = (server.try_clone()?, client.try_clone()?);
    let back = Arc::clone(shared);
    let other = thread::spawn(move || copy(back_from, back_to, &back));
    copy(client, server, shared);
    // Either way over, both are.
    let _ = other.join();
    shared.state().open.remove(&number);
    Ok(())
}

fn copy(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let mut piece = vec![0; PIECE];
    while let Ok(bytes @ 1..) = from.read(&mut piece) {
        if !shared.hold_back() || to.write_all(&piece[..bytes]).is_err() {
            break;
        }
    }
    close(&from, &to);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers every byte with the same.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || {
                    let mut to = stream.try_clone().unwrap();
                    std::io::copy(&mut { stream }, &mut to).ok();
                });
            }
        });
        address
    }

    fn ask(stream: &mut TcpStream) -> std::io::Result<u8> {
        let mut answer = [0];
        stream.write_all(b"x")?;
        stream.read_exact(&mut answer)?;
        Ok(answer[0])
    }

    #[test]
    fn it_passes_on_stalls_and_cuts() {
        let relay = Relay::to(echo());
        let mut client = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
        assert_eq!(ask(&mut client).unwrap(), b'x');
        relay.set_stalled(true);
        let limit = Some(Duration::from_millis(50));
        client.set_read_timeout(limit).unwrap();
        assert!(ask(&mut client).is_err(), "nothing passes");
        client.set_read_timeout(None).unwrap();
        relay.set_stalled(false);
        assert_eq!(ask(&mut client).unwrap(), b'x', "what was held back comes");
        relay.cut();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).ok();
        assert!(ask(&mut client).is_err(), "it is cut");
        let mut next = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
        assert_eq!(ask(&mut next).unwrap(), b'x', "and the next one passes");
    }
}
