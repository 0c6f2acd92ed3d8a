//! The wifi: a TCP proxy between browsers and relay that a test cuts, slows and restores.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::net;

/// How the wifi is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything passes.
    Up,
    /// Each piece of data arrives late.
    Slow(Duration),
    /// Connections break, new ones are closed at once.
    Cut,
    /// The worst kind: connections stay open and nothing comes through, as in a lift.
    Silent,
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
    while let Ok((client, _)) = listener.accept().await {
        let (target, link) = (*target.borrow(), link.clone());
        tokio::spawn(async move {
            // A broken connection is what this proxy is for: its end is seen by both sides, and nobody else asks.
            drop(carry(client, target, link).await);
        });
    }
}

/// Carries one connection until either side ends it or the wifi is cut.
async fn carry(
    mut client: TcpStream,
    target: SocketAddr,
    mut link: watch::Receiver<Link>,
) -> Result<()> {
    let watched = link.clone();
    let both = async {
        through(&mut watched.clone()).await;
        let mut server = TcpStream::connect(target).await?;
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            up = pump(from_client, to_server, watched.clone()) => up,
            down = pump(from_server, to_client, watched.clone()) => down,
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
    mut link: watch::Receiver<Link>,
) -> Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        through(&mut link).await;
        to.write_all(buffer.get(..read).unwrap_or_default()).await?;
    }
}

/// Returns when a piece of data may pass.
async fn through(link: &mut watch::Receiver<Link>) {
    let delay = match *link.borrow() {
        Link::Slow(delay) => delay,
        Link::Up | Link::Cut | Link::Silent => Duration::ZERO,
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
