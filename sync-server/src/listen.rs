//! Sockets: where to listen, who may come in, and HTTP/1.1 over each connection.
//!
//! Boundary: counts and timeouts. What is asked for is `http`'s business.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::impatient::Impatient;
use crate::http::to_https;
use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

mod impatient;

/// Most bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// How many connections may wait to be accepted: a hall that comes back at once after a power cut.
const BACKLOG: i32 = 4_096;
/// A pause when the system has no more file handles; until one is free accepting would fail at once again.
const NO_HANDLES_PAUSE: Duration = Duration::from_millis(100);

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every address of this machine, IPv6 where there is any.
    Everywhere(u16),
    /// One address; `[::]` stands for all, of both kinds.
    At(SocketAddr),
}

/// Opens the listening socket.
///
/// # Errors
/// When the port is taken or the address is not this machine's.
pub fn bind(place: Place) -> io::Result<TcpListener> {
    match place {
        Place::At(address) => listen_on(address),
        Place::Everywhere(port) => listen_on((Ipv6Addr::UNSPECIFIED, port).into())
            .or_else(|_| listen_on((Ipv4Addr::UNSPECIFIED, port).into())),
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    // A restart must not wait for the connections of the last run to time out. Elsewhere the option means another
    // thing: that two processes may listen on one port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// In all.
    pub total: usize,
    /// From one address. Generous: a whole hall may be one address. This machine's own are not counted, since a
    /// reverse proxy on it speaks for everybody.
    pub per_address: usize,
}

/// Who is in.
#[derive(Clone, Debug)]
struct Seats {
    ceilings: Ceilings,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place of a connection; the last clone gives it back.
#[derive(Clone, Debug)]
pub struct Seat {
    // Never read: it is held so that its drop marks the end of the connection.
    _inner: Arc<SeatInner>,
}

#[derive(Debug)]
struct SeatInner {
    taken: Arc<Mutex<Taken>>,
    address: IpAddr,
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for SeatInner {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.total = taken.total.saturating_sub(1);
        let left = taken.by_address.get(&self.address).copied().unwrap_or(0);
        if left <= 1 {
            taken.by_address.remove(&self.address);
        } else {
            taken.by_address.insert(self.address, left - 1);
        }
    }
}

impl Seats {
    fn new(ceilings: Ceilings) -> Self {
        let taken = Arc::default();
        Self { ceilings, taken }
    }

    fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = household(address);
        let mut taken = lock(&self.taken);
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        let crowded = here >= self.ceilings.per_address && !address.is_loopback();
        if crowded || taken.total >= self.ceilings.total {
            return None;
        }
        taken.total += 1;
        taken.by_address.insert(address, here + 1);
        let taken = self.taken.clone();
        let inner = Arc::new(SeatInner { taken, address });
        Some(Seat { _inner: inner })
    }
}

/// What counts as one address: IPv4 as it is, of IPv6 the network, since one device has as many of those as it likes.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let network = v6.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        own @ (IpAddr::V4(_) | IpAddr::V6(_)) => own,
    }
}

/// How connections are spoken to. The certificate may change while the relay runs.
#[derive(Clone, Debug)]
pub enum Speech {
    /// As they come.
    Plain,
    /// With TLS; who comes without is sent to https.
    Tls(watch::Receiver<Arc<ServerConfig>>),
}

/// How a port takes its guests.
#[derive(Clone, Debug)]
pub struct House {
    /// How many there may be.
    pub ceilings: Ceilings,
    /// How they are spoken to.
    pub speech: Speech,
    /// How long a client may take to shake hands, and then to say what it wants, and how long it may be idle between
    /// two wishes.
    pub head: Duration,
    /// How long a client may take nothing of what it asked for.
    pub write: Duration,
}

/// Accepts connections until told to stop; those that are open finish what they are answering.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    house: House,
    mut stop: watch::Receiver<bool>,
) {
    let seats = Seats::new(house.ceilings);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted now");
                tokio::time::sleep(NO_HANDLES_PAUSE).await;
            }
            Ok((stream, peer)) => match seats.take(peer.ip()) {
                None => tracing::warn!("a connection was refused: too many"),
                Some(seat) => {
                    let desk = Desk {
                        router: router.clone(),
                        seat,
                        head: house.head,
                        write: house.write,
                    };
                    tokio::spawn(carry(stream, house.speech.clone(), desk, stop.clone()));
                }
            },
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// The routes, for one connection: each request carries the connection's seat, so that a websocket keeps it.
struct Attended {
    inner: TowerToHyperService<Router>,
    seat: Seat,
}

impl Service<Request<Incoming>> for Attended {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.seat.clone());
        self.inner.call(request)
    }
}

/// What a connection is served with.
struct Desk {
    router: Router,
    seat: Seat,
    head: Duration,
    write: Duration,
}

impl Desk {
    fn attend(self, router: Option<Router>) -> Attended {
        let inner = TowerToHyperService::new(router.unwrap_or(self.router));
        let seat = self.seat;
        Attended { inner, seat }
    }
}

async fn carry(stream: TcpStream, speech: Speech, desk: Desk, mut stop: watch::Receiver<bool>) {
    // Small messages must not wait for others to fill a packet; without this a tablet only feels slower.
    let _ = stream.set_nodelay(true);
    let config = match speech {
        Speech::Plain => return speak(stream, desk, None, stop).await,
        Speech::Tls(config) => config.borrow().clone(),
    };
    let greeted = tokio::select! {
        greeted = timeout(desk.head, greet(stream, config)) => greeted,
        _ = stop.wait_for(|stop| *stop) => return,
    };
    match greeted {
        Ok(Ok(Greeted::Tls(stream))) => speak(*stream, desk, None, stop).await,
        Ok(Ok(Greeted::Plain(stream))) => {
            speak(stream, desk, Some(to_https()), stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

/// How a connection to a port with TLS began.
enum Greeted {
    Tls(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// The first byte of a TLS record that holds a handshake (RFC 8446, section 5.1); no HTTP request begins so.
const HANDSHAKE: u8 = 0x16;

async fn greet(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<Greeted> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first != [HANDSHAKE] {
        return Ok(Greeted::Plain(stream));
    }
    let accepted = TlsAcceptor::from(config).accept(stream).await?;
    Ok(Greeted::Tls(Box::new(accepted)))
}

/// Speaks HTTP until the connection ends.
async fn speak<S>(stream: S, desk: Desk, router: Option<Router>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(Impatient::new(stream, desk.write));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(desk.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(stream, desk.attend(router))
        .with_upgrades();
    tokio::pin!(connection);
    let told = async { drop(stop.wait_for(|stop| *stop).await) };
    let early = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = told => None,
    };
    let ended = match early {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(total: usize, per_address: usize) -> Seats {
        Seats::new(Ceilings { total, per_address })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_seat_is_free_again_when_its_last_holder_leaves() {
        let seats = seats(10, 1);
        let seat = seats.take(ip("10.0.0.1")).unwrap();
        let websocket = seat.clone();
        drop(seat);
        assert!(seats.take(ip("10.0.0.1")).is_none());
        assert!(seats.take(ip("10.0.0.2")).is_some());
        drop(websocket);
        assert!(seats.take(ip("10.0.0.1")).is_some());
        assert!(lock(&seats.taken).by_address.is_empty());
    }

    #[test]
    fn one_ipv6_network_is_one_address_and_this_machine_is_none() {
        let crowded = seats(10, 1);
        let _first = crowded.take(ip("2001:db8::1")).unwrap();
        assert!(crowded.take(ip("2001:db8::2")).is_none());
        let _v4 = crowded.take(ip("::ffff:10.0.0.1")).unwrap();
        assert!(crowded.take(ip("10.0.0.1")).is_none());
        let here: Vec<_> = (0..3).map(|_| crowded.take(ip("127.0.0.1"))).collect();
        assert!(here.iter().all(Option::is_some));
    }

    #[test]
    fn the_house_is_full_at_the_total() {
        let seats = seats(2, 9);
        let _in = [seats.take(ip("::1")), seats.take(ip("10.0.0.1"))];
        assert!(seats.take(ip("10.0.0.2")).is_none());
    }
}
