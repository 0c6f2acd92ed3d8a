//! How many may come in at all, and from one address.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use samsyn_tests::net::status_of;
use samsyn_tests::raw::Raw;
use samsyn_tests::wait::until;
use std::io::Write;

use crate::honest::Honest;

#[tokio::test]
async fn a_full_house_lets_nobody_else_in_until_somebody_leaves() -> Result<()> {
    // The honest pair are two.
    let honest = Honest::start(&["--max-connections", "5"]).await?;
    let mut crowd = Vec::new();
    for _ in 0..3 {
        crowd.push(come_in(honest.address()).await?);
    }
    for _ in 0..20 {
        assert!(is_shut_out(honest.address()).await);
    }
    crowd.clear();
    until("there is room again", async || {
        let status = status_of(honest.address(), "/healthz").await?;
        Ok((status == 200).then_some(()))
    })
    .await?;
    honest.end("a full house").await
}

#[tokio::test]
async fn one_address_takes_only_its_share() -> Result<()> {
    // This machine's own addresses of the loop count for nothing, since a reverse proxy speaks for everybody.
    let Some(ip) = own_address() else {
        writeln!(
            std::io::stderr(),
            "SKIPPED, the share of one address: this machine has none but the loop's"
        )?;
        return Ok(());
    };
    let honest = Honest::start_at(ip, &["--max-per-address", "4"]).await?;
    let mut crowd = Vec::new();
    for _ in 0..2 {
        crowd.push(come_in(honest.address()).await?);
    }
    for _ in 0..20 {
        assert!(is_shut_out(honest.address()).await);
    }
    drop(crowd);
    until("there is room again", async || {
        let status = status_of(honest.address(), "/healthz").await?;
        Ok((status == 200).then_some(()))
    })
    .await?;
    honest.end("one address").await
}

/// Comes in as soon as there is room: whoever asked whether the relay runs may still be on their way out.
async fn come_in(relay: SocketAddr) -> Result<Raw> {
    until("there is room", async || {
        Ok(Some(Raw::upgrade(relay).await?))
    })
    .await
}

/// Whether the relay hangs up without a word: who is over the ceiling may cost nothing.
async fn is_shut_out(relay: SocketAddr) -> bool {
    Raw::upgrade(relay).await.is_err()
}

/// An address of this machine that others could reach. Nothing is sent to find it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation (RFC 5737): all that is asked for is which way it would go.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().context("no address").ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}
