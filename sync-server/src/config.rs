//! The flags of `samsyn serve`, which are also `SAMSYN_*` in the environment.
//!
//! Boundary: what was asked for, parsed and checked; nothing here touches the disk or the network.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samsyn_shared::sync::relay::RelayLimits;

use crate::http::Origins;
use crate::listen::{Ceilings, Place};
use crate::tls::{TlsError, Wanted};

/// The port unless told otherwise.
pub const PORT: u16 = 3030;

/// Flags of `samsyn serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// File with settings, in TOML: the names of these flags without the dashes before them (max-board = 64). Flags
    /// and the environment come before it
    #[arg(long, value_name = "FILE", env = "SAMSYN_CONFIG")]
    pub config: Option<PathBuf>,

    /// Where to listen: ADDR:PORT, or only a PORT for every address of this machine
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "SAMSYN_LISTEN",
        default_value = "3030",
        value_parser = place
    )]
    pub listen: Place,

    /// Folder where boards are kept [default: the platform's data folder]
    #[arg(long, value_name = "DIR", env = "SAMSYN_DATA")]
    pub data: Option<PathBuf>,

    /// Address under which people reach this relay, for example https://board.example
    #[arg(long, value_name = "URL", env = "SAMSYN_PUBLIC_URL", value_parser = origin)]
    pub public_url: Option<String>,

    /// Certificate in PEM (with its chain) to serve https with; SIGHUP reads it again after a renewal
    #[arg(long, value_name = "FILE", env = "SAMSYN_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of --tls-cert in PEM
    #[arg(long, value_name = "FILE", env = "SAMSYN_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Serve https with a certificate that is made once and kept in the data folder. Browsers warn of it; compare its
    /// fingerprint, which is printed
    #[arg(long, env = "SAMSYN_TLS_SELF_MADE")]
    pub tls_self_made: bool,

    /// Page of another address that may use this relay, for example https://app.example; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "SAMSYN_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub allow_origin: Vec<String>,

    /// Who may read numbers for Prometheus at /metrics: off, same (whoever reaches the app), ADDR:PORT, or a PORT for
    /// programs on this machine only
    #[arg(
        long,
        value_name = "WHERE",
        env = "SAMSYN_METRICS",
        default_value = "off",
        value_parser = metrics
    )]
    pub metrics: MetricsPlace,

    /// What to log: error, warn, info, debug, or a filter such as samsyn_sync_server=debug
    #[arg(
        long,
        value_name = "LEVEL",
        env = "SAMSYN_LOG_LEVEL",
        default_value = "info"
    )]
    pub log_level: String,

    /// How log lines look
    #[arg(
        long,
        value_name = "FORMAT",
        env = "SAMSYN_LOG_FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,

    /// Most connections
    #[arg(
        long,
        value_name = "N",
        env = "SAMSYN_MAX_CONNECTIONS",
        default_value_t = 10_000
    )]
    pub max_connections: usize,

    /// Most connections from one address; a hall behind one router is one address
    #[arg(
        long,
        value_name = "N",
        env = "SAMSYN_MAX_PER_ADDRESS",
        default_value_t = 4_000
    )]
    pub max_per_address: usize,

    /// Most boards open at a time
    #[arg(
        long,
        value_name = "N",
        env = "SAMSYN_MAX_OPEN_BOARDS",
        default_value_t = 2_000
    )]
    pub max_open_boards: usize,

    /// Most megabytes (MiB) of one board
    #[arg(
        long,
        value_name = "MIB",
        env = "SAMSYN_MAX_BOARD",
        default_value_t = 64
    )]
    pub max_board: u32,

    /// Stop when standard input ends. For programs that start a server: theirs ends with them, however they end
    #[arg(long, hide = true)]
    pub until_stdin_ends: bool,
}

/// Where the numbers are served. They say nothing of boards or people, but how much a relay is used is nobody's
/// business in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsPlace {
    /// Nowhere.
    Off,
    /// Beside the app, to whoever reaches it.
    Same,
    /// On a port of their own.
    At(SocketAddr),
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl ServeArgs {
    /// Limits for the relay's core.
    #[must_use]
    pub fn limits(&self) -> RelayLimits {
        RelayLimits {
            connections: self.max_connections,
            boards: self.max_open_boards,
            board_bytes: u64::from(self.max_board) << 20,
            ..RelayLimits::default()
        }
    }

    /// Which certificate to serve https with; none for http.
    ///
    /// # Errors
    /// When the flags contradict each other.
    pub fn tls(&self) -> Result<Option<Wanted>, TlsError> {
        match (&self.tls_cert, &self.tls_key, self.tls_self_made) {
            (None, None, false) => Ok(None),
            (None, None, true) => Ok(Some(Wanted::SelfMade)),
            (Some(cert), Some(key), false) => {
                let (cert, key) = (cert.clone(), key.clone());
                Ok(Some(Wanted::Given { cert, key }))
            }
            (Some(_), None, _) | (None, Some(_), _) | (Some(_), Some(_), true) => {
                Err(TlsError::Flags)
            }
        }
    }

    /// Ceilings for the sockets.
    #[must_use]
    pub fn ceilings(&self) -> Ceilings {
        Ceilings {
            total: self.max_connections,
            per_address: self.max_per_address,
        }
    }

    /// Whose pages may open the websocket besides those that came from the same host.
    #[must_use]
    pub fn origins(&self) -> Origins {
        Origins::new(self.allow_origin.iter().chain(&self.public_url).cloned())
    }
}

fn place(text: &str) -> Result<Place, String> {
    if let Ok(port) = text.parse() {
        return Ok(Place::Everywhere(port));
    }
    let addresses = text.to_socket_addrs();
    let first: Option<SocketAddr> = addresses.ok().and_then(|mut found| found.next());
    first.map(Place::At).ok_or_else(|| {
        format!("“{text}” is no address: write 127.0.0.1:3030, [::]:3030, localhost:3030 or 3030")
    })
}

fn metrics(text: &str) -> Result<MetricsPlace, String> {
    match text {
        "off" => return Ok(MetricsPlace::Off),
        "same" => return Ok(MetricsPlace::Same),
        _ => {}
    }
    if let Ok(port) = text.parse() {
        return Ok(MetricsPlace::At((Ipv4Addr::LOCALHOST, port).into()));
    }
    let addresses = text.to_socket_addrs();
    let first = addresses.ok().and_then(|mut found| found.next());
    first.map(MetricsPlace::At).ok_or_else(|| {
        format!("“{text}” is no place for metrics: write off, same, 9090 or 127.0.0.1:9090")
    })
}

fn origin(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let rest = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '#', '?', '@', ' ']) => {
            Ok(text.to_owned())
        }
        Some(_) | None => Err(format!(
            "“{text}” is not the address of a site: write https://board.example, without a path"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_with_its_port_or_a_port() {
        assert_eq!(place("8080"), Ok(Place::Everywhere(8080)));
        let here = "127.0.0.1:0".parse().unwrap();
        assert_eq!(place("127.0.0.1:0"), Ok(Place::At(here)));
        assert!(matches!(place("localhost:3030"), Ok(Place::At(_))));
        assert!(place("127.0.0.1").unwrap_err().contains("127.0.0.1:3030"));
    }

    #[test]
    fn a_bare_port_for_metrics_is_this_machines_own() {
        let here = "127.0.0.1:9090".parse().unwrap();
        assert_eq!(metrics("9090"), Ok(MetricsPlace::At(here)));
        assert_eq!(metrics("off"), Ok(MetricsPlace::Off));
        assert_eq!(metrics("same"), Ok(MetricsPlace::Same));
        assert!(metrics("everywhere").unwrap_err().contains("9090"));
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://b.example/"), Ok("https://b.example".into()));
        assert!(origin("b.example").is_err());
        assert!(origin("https://b.example/app").is_err());
        assert!(origin("https://").is_err());
    }
}
