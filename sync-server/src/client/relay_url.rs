//! Where a relay is, as people write it and as links carry it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The origin of a relay: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayUrl {
    scheme: Scheme,
    authority: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Plain,
    Tls,
}

/// Why a text is no relay's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is not the address of a relay: write for instance https://tavla.example.se or http://192.168.1.5:3030"
)]
pub struct RelayUrlError(String);

impl RelayUrl {
    /// Where the websocket is.
    #[must_use]
    pub fn websocket(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Plain => "ws",
            Scheme::Tls => "wss",
        };
        format!("{scheme}://{}/sync", self.authority)
    }

    /// Whether it is surely on this computer.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = match self.authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => self.authority.split(':').next().unwrap_or_default(),
        };
        let address = host.parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// A link to a board on this relay.
    #[must_use]
    pub fn link(&self, code: &str) -> String {
        format!("{self}/#{code}")
    }
}

/// As in links: `http(s)://host[:port]`.
impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Plain => "http",
            Scheme::Tls => "https",
        };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl FromStr for RelayUrl {
    type Err = RelayUrlError;

    /// Reads `http`, `https`, `ws` and `wss` addresses, with or without a path, and `host:port` alone.
    fn from_str(text: &str) -> Result<Self, RelayUrlError> {
        let wrong = || RelayUrlError(text.chars().take(80).collect());
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .unwrap_or(("http", text.trim()));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => Scheme::Plain,
            "https" | "wss" => Scheme::Tls,
            _ => return Err(wrong()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !is_authority(authority) {
            return Err(wrong());
        }
        Ok(Self {
            scheme,
            authority: authority.to_ascii_lowercase(),
        })
    }
}

/// `host`, `host:port`, `[address]` or `[address]:port`.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (
            address,
            rest.strip_prefix(':').or(rest.is_empty().then_some("1")),
        ),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("1")),
        },
    };
    let in_brackets = text.starts_with('[');
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || (in_brackets && c == ':');
    !host.is_empty()
        && host.chars().all(fits)
        && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, websocket: &str) {
        let url: RelayUrl = text.parse().unwrap();
        assert_eq!(
            (url.to_string().as_str(), url.websocket().as_str()),
            (expected, websocket),
            "{text}"
        );
    }

    #[test]
    fn a_relay_is_found_however_people_write_it() {
        check(
            "http://localhost:3030",
            "http://localhost:3030",
            "ws://localhost:3030/sync",
        );
        check(
            " HTTPS://Tavla.Kommun.se/ ",
            "https://tavla.kommun.se",
            "wss://tavla.kommun.se/sync",
        );
        check(
            "wss://tavla.kommun.se/sync",
            "https://tavla.kommun.se",
            "wss://tavla.kommun.se/sync",
        );
        check(
            "192.168.1.5:3030",
            "http://192.168.1.5:3030",
            "ws://192.168.1.5:3030/sync",
        );
        check(
            "[fe80::1]:3030",
            "http://[fe80::1]:3030",
            "ws://[fe80::1]:3030/sync",
        );
        check(
            "laptop.local/?a#b",
            "http://laptop.local",
            "ws://laptop.local/sync",
        );
    }

    #[test]
    fn only_addresses_of_this_computer_are_taken_for_its_own() {
        let here = |text: &str| text.parse::<RelayUrl>().unwrap().is_loopback();
        for text in ["localhost:3030", "http://127.0.0.9:1", "https://[::1]:3030"] {
            assert!(here(text), "{text}");
        }
        for text in [
            "127.0.0.1.example.se",
            "localhost.example.se",
            "192.168.1.5:3030",
            "[fe80::1]:3030",
            "0.0.0.0:3030",
        ] {
            assert!(!here(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_says_what_one_looks_like() {
        for text in [
            "",
            "http://",
            "ftp://x.se",
            "http://a b",
            "http://x:port",
            "http://x:0",
            "http://x:99999",
            "fe80::1",
            "http://me@x.se",
            "[fe80::1",
        ] {
            let error = text.parse::<RelayUrl>().unwrap_err();
            assert!(error.to_string().contains("https://"), "{text}");
        }
    }
}
