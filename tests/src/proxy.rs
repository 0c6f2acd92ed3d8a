//! The wifi: a TCP proxy between browsers and relay that a test cuts, slows and restores.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::net;

/// How the wifi is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything passes.
    Up,
    /// Each piece of data arrives late.
    Slow(Duration),
    /// Everything passes at the pace of a line, which all connections share.
    Line(Line),
    /// Connections break, new ones are closed at once.
    Cut,
    /// The worst kind: connections stay open and nothing comes through, as in a lift.
    Silent,
}

/// What a network carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Bits a second to the browsers.
    pub down: u64,
    /// Bits a second from them.
    pub up: u64,
    /// The time there and back.
    pub round_trip: Duration,
}

/// Pieces of data that may be on their way in one direction of a connection.
const ON_THE_WAY: usize = 64;

/// One direction of the line: until when it is busy.
#[derive(Clone)]
struct Way {
    busy: Arc<Mutex<Instant>>,
    pace: fn(Line) -> u64,
}

impl Way {
    fn new(pace: fn(Line) -> u64) -> Self {
        let busy = Arc::new(Mutex::new(Instant::now()));
        Self { busy, pace }
    }

    /// When a piece of data that is sent now is there; none if nothing holds it up.
    fn arrival(&self, link: Link, bytes: usize) -> Option<Instant> {
        let Link::Line(line) = link else {
            return None;
        };
        let bits = u32::try_from(bytes * 8).unwrap_or(u32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "a pace far below 2^52")]
        let takes = Duration::from_secs_f64(f64::from(bits) / (self.pace)(line).max(1) as f64);
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        *busy = (*busy).max(Instant::now()) + takes;
        Some(*busy + line.round_trip / 2)
    }
}

/// A running proxy with an address of its own that stays the same whatever happens behind it.
pub struct Proxy {
    address: SocketAddr,
    target: watch::Sender<SocketAddr>,
    link: watch::Sender<Link>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `target`.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(net::local(0)).await?;
        let address = listener.local_addr()?;
        let (link, watched) = watch::channel(Link::Up);
        let (target, leads) = watch::channel(target);
        let task = tokio::spawn(accept(listener, leads, watched));
        Ok(Self {
            address,
            target,
            link,
            task,
        })
    }

    /// The origin that browsers are given.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to another place: a relay that was started again need not have its old port.
    pub fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// Changes the wifi, for open connections too.
    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    target: watch::Receiver<SocketAddr>,
    link: watch::Receiver<Link>,
) {
    let ways = (Way::new(|line| line.up), Way::new(|line| line.down));
    while let Ok((client, _)) = listener.accept().await {
        let (target, link, ways) = (*target.borrow(), link.clone(), ways.clone());
        tokio::spawn(async move {
            // A broken connection is what this proxy is for: its end is seen by both sides, and nobody else asks.
            drop(carry(client, target, link, ways).await);
        });
    }
}

/// Carries one connection until either side ends it or the wifi is cut.
async fn carry(
    mut client: TcpStream,
    target: SocketAddr,
    mut link: watch::Receiver<Link>,
    (upwards, downwards): (Way, Way),
) -> Result<()> {
    let watched = link.clone();
    let both = async {
        through(&mut watched.clone()).await;
        let handshake = match *watched.borrow() {
            Link::Line(line) => line.round_trip,
            Link::Up | Link::Slow(_) | Link::Cut | Link::Silent => Duration::ZERO,
        };
        tokio::time::sleep(handshake).await;
        let mut server = TcpStream::connect(target).await?;
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            up = pump(from_client, to_server, watched.clone(), upwards) => up,
            down = pump(from_server, to_client, watched.clone(), downwards) => down,
        }
    };
    tokio::select! {
        result = both => result,
        _ = link.wait_for(|link| *link == Link::Cut) => Ok(()),
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    link: watch::Receiver<Link>,
    way: Way,
) -> Result<()> {
    let (sent, mut due) = mpsc::channel::<(Option<Instant>, Vec<u8>)>(ON_THE_WAY);
    let mut doors = link.clone();
    let send = async move {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return anyhow::Ok(());
            }
            let arrival = way.arrival(*link.borrow(), read);
            let piece = buffer.get(..read).unwrap_or_default().to_vec();
            sent.send((arrival, piece)).await?;
        }
    };
    let receive = async {
        while let Some((arrival, piece)) = due.recv().await {
            if let Some(arrival) = arrival {
                tokio::time::sleep_until(arrival.into()).await;
            }
            through(&mut doors).await;
            to.write_all(&piece).await?;
        }
        Ok(to.shutdown().await?)
    };
    tokio::try_join!(send, receive).map(drop)
}

/// Returns when a piece of data may pass.
async fn through(link: &mut watch::Receiver<Link>) {
    let delay = match *link.borrow() {
        Link::Slow(delay) => delay,
        Link::Up | Link::Line(_) | Link::Cut | Link::Silent => Duration::ZERO,
    };
    tokio::time::sleep(delay).await;
    // An error means that the proxy is gone, and its connections go with it.
    drop(link.wait_for(|link| *link != Link::Silent).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::until_for;

    /// A server that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind(net::local(0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    drop(tokio::io::copy(&mut from, &mut to).await);
                });
            }
        });
        address
    }

    async fn say(stream: &mut TcpStream, word: &[u8]) -> Result<Vec<u8>> {
        stream.write_all(word).await?;
        let mut back = vec![0; word.len()];
        stream.read_exact(&mut back).await?;
        Ok(back)
    }

    #[tokio::test]
    async fn data_passes_while_the_wifi_is_up_and_not_after_it_is_cut() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut stream, b"hej").await.unwrap(), b"hej");
        proxy.set(Link::Cut);
        assert!(say(&mut stream, b"hej").await.is_err());
        let mut late = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(say(&mut late, b"hej").await.is_err());
        proxy.set(Link::Up);
        let mut again = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut again, b"hej").await.unwrap(), b"hej");
    }

    #[test]
    fn a_line_carries_one_piece_after_the_other_whatever_connection_they_are_of() {
        let line = Line {
            down: 8_000,
            up: 1,
            round_trip: Duration::from_millis(40),
        };
        let way = Way::new(|line| line.down);
        let begun = Instant::now();
        let first = way.arrival(Link::Line(line), 1_000).unwrap();
        let second = way.clone().arrival(Link::Line(line), 2_000).unwrap();
        assert!(first - begun >= Duration::from_millis(1_020));
        assert_eq!(second - first, Duration::from_secs(2));
        assert_eq!(way.arrival(Link::Up, 1_000), None);
    }

    #[tokio::test]
    async fn a_silent_wifi_keeps_the_connection_and_delivers_when_it_is_back() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut stream, b"a").await.unwrap(), b"a");
        proxy.set(Link::Silent);
        stream.write_all(b"b").await.unwrap();
        let mut back = [0];
        let nothing =
            tokio::time::timeout(Duration::from_millis(200), stream.read_exact(&mut back));
        assert!(nothing.await.is_err());
        proxy.set(Link::Up);
        until_for(Duration::from_secs(5), "the byte", async || {
            stream.read_exact(&mut back).await?;
            Ok(Some(()))
        })
        .await
        .unwrap();
        assert_eq!(&back, b"b");
    }
}
