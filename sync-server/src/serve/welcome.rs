//! What `samsyn serve` says when it has started: addresses for the room, a QR, and a warning if they changed.
//!
//! Boundary: words on standard output and one small file in the data folder. The first line is for programs too.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use super::Server;
use crate::config::ServeArgs;

/// Remembers under which addresses the last run could be reached.
const ADDRESSES: &str = "addresses.txt";

/// Says where the relay is. The first line is `Samsyn listens on URL`; programs read it when the port was 0.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print(
    out: &mut impl Write,
    args: &ServeArgs,
    server: &Server,
    data: &Path,
) -> io::Result<()> {
    let bound = server.address;
    let here = url(scheme(args), bound.ip(), bound.port());
    writeln!(out, "Samsyn listens on {here}")?;
    let room = room_urls(args, bound);
    for url in &room {
        writeln!(out, "  in the room: {url}")?;
    }
    writeln!(out, "  boards are kept in {}", data.display())?;
    if let Some(fingerprint) = &server.fingerprint {
        writeln!(out, "  the certificate's SHA-256: {fingerprint}")?;
    }
    if let Some(metrics) = server.metrics_address {
        writeln!(out, "  numbers for Prometheus: http://{metrics}/metrics")?;
    }
    if let (Some(url), true) = (room.first(), io::stdout().is_terminal()) {
        write_qr(out, url)?;
    }
    if let Some(warning) = moved(data, &room) {
        writeln!(out, "{warning}")?;
    }
    out.flush()
}

fn scheme(args: &ServeArgs) -> &'static str {
    match args.tls() {
        Ok(Some(_)) => "https",
        Ok(None) | Err(_) => "http",
    }
}

fn url(scheme: &str, ip: IpAddr, port: u16) -> String {
    if ip.is_unspecified() {
        return format!("{scheme}://localhost:{port}");
    }
    format!("{scheme}://{}", SocketAddr::new(ip, port))
}

/// What a self-made certificate is for: every name and address under which this machine may be asked for.
pub(super) fn names(args: &ServeArgs) -> Vec<String> {
    let host = |url: &String| {
        let (_, place) = url.split_once("://")?;
        let host = match place.rsplit_once(':') {
            Some((host, _)) if !place.ends_with(']') => host,
            Some(_) | None => place,
        };
        Some(host.trim_matches(['[', ']']).to_owned())
    };
    let mut names: Vec<String> = args.public_url.iter().filter_map(host).collect();
    names.push("localhost".to_owned());
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    names.extend(found.iter().map(|found| found.ip().to_string()));
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Where others reach this machine, the best first.
fn room_urls(args: &ServeArgs, bound: SocketAddr) -> Vec<String> {
    let mut urls: Vec<String> = args.public_url.iter().cloned().collect();
    if bound.ip().is_unspecified() {
        let found = if_addrs::get_if_addrs().unwrap_or_default();
        let mut ips: Vec<IpAddr> = found.iter().map(if_addrs::Interface::ip).collect();
        ips.retain(|ip| is_for_others(ip) && (ip.is_ipv4() || bound.is_ipv6()));
        ips.sort_by_key(rank);
        urls.extend(
            ips.into_iter()
                .map(|ip| url(scheme(args), ip, bound.port())),
        );
    } else if is_for_others(&bound.ip()) {
        urls.push(url(scheme(args), bound.ip(), bound.port()));
    }
    urls
}

fn is_for_others(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        // A link-local address needs a zone, which no browser takes in a URL.
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    }
}

/// Rooms have private IPv4 addresses, mostly 192.168; containers' bridges, mostly 172.17, come after them.
fn rank(ip: &IpAddr) -> u8 {
    match ip {
        IpAddr::V4(v4) => match v4.octets() {
            [192, 168, ..] => 0,
            [10, ..] => 1,
            [172, 17..=31, ..] => 3,
            _ => 2,
        },
        IpAddr::V6(_) => 4,
    }
}

fn write_qr(out: &mut impl Write, url: &str) -> io::Result<()> {
    let code = QrCode::with_error_correction_level(url, EcLevel::L).map_err(io::Error::other)?;
    // Terminals are dark, and cameras look for dark modules on light: the colours are swapped.
    let picture = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    writeln!(out, "\n{picture}\n  {url}\n")
}

/// Remembers the addresses, and gives a warning if none of the last ones is left.
fn moved(data: &Path, now: &[String]) -> Option<String> {
    let path = data.join(ADDRESSES);
    let before = fs::read_to_string(&path).unwrap_or_default();
    if let Err(error) = fs::write(&path, now.join("\n")) {
        tracing::warn!(%error, "the addresses of this start could not be remembered");
    }
    let left = before.lines().any(|url| now.iter().any(|now| now == url));
    let (before, now) = (before.lines().next()?, now.first()?);
    (!left).then(|| {
        format!(
            "\nThis relay's address has changed: it was {before} and is now {now}.\n\
             A browser keeps what it has not shared under the address where it was written. Devices that still have\n\
             unshared changes must open the old address. A name that stays avoids this: --public-url.\n"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_address_is_said_once() {
        let data = tempfile::tempdir().unwrap();
        let urls = |urls: &[&str]| urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>();
        let (a, b) = (urls(&["http://10.0.0.1:1"]), urls(&["http://10.0.0.9:1"]));
        let both = urls(&["http://10.0.0.9:1", "http://10.0.0.1:1"]);
        assert_eq!(moved(data.path(), &a), None);
        assert_eq!(moved(data.path(), &both), None);
        assert_eq!(moved(data.path(), &a), None);
        let warning = moved(data.path(), &b).unwrap();
        assert!(warning.contains("10.0.0.1") && warning.contains("10.0.0.9"));
        assert_eq!(moved(data.path(), &b), None);
    }

    #[test]
    fn rooms_come_before_containers_and_link_locals_not_at_all() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut ips = [ip("2001:db8::1"), ip("172.17.0.1"), ip("192.168.1.5")];
        ips.sort_by_key(rank);
        assert_eq!(ips[0], ip("192.168.1.5"));
        assert!(!is_for_others(&ip("fe80::1")) && !is_for_others(&ip("127.0.0.1")));
    }

    #[test]
    fn an_address_of_every_interface_is_called_localhost() {
        assert_eq!(
            url("http", "::".parse().unwrap(), 3030),
            "http://localhost:3030"
        );
        assert_eq!(url("https", "::1".parse().unwrap(), 1), "https://[::1]:1");
    }
}
