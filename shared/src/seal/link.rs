//! Links: a role's secret in the fragment of a URL, safe to paste through a chat program.
//!
//! ```text
//! http(s)://host[:port]/#code      code = base64url, unpadded, of  version:u8 role:u8 body check:4
//!   facilitator  facilitator_seed:32
//!   participant  participant_seed:32 facilitator_verify_key:32
//!   observer     content_key:32 board:32
//! ```
//! The check is the first 4 bytes of BLAKE3 `derive_key("samsyn/1 link check", everything before it)`. Every
//! later version ends in the same check, so that a newer link is told from a damaged one.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use super::Role;
use super::bytes::Reader;
use super::keys::BoardKeys;
use crate::ids::BoardId;

const VERSION: u8 = 1;
const CHECK: usize = 4;
const CHECK_CONTEXT: &str = "samsyn/1 link check";
/// Longer texts are no links, whatever a chat program put around one.
const MAX_TEXT: usize = 16 * 1024;

/// Why a text is not a link that opens a board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing in it looks like a link.
    #[error("there is no link to a board in this text; a link ends in # and a long code")]
    NoCode,
    /// Its end is missing.
    #[error(
        "the link is cut short: at least {missing} characters are missing at its end; copy it again, all of it"
    )]
    CutShort {
        /// How many characters, at least.
        missing: usize,
    },
    /// Characters in it are wrong.
    #[error(
        "the link is damaged: a character in it was changed or lost; copy it again from where it was shared"
    )]
    Damaged,
    /// It is whole, and this program is too old for it.
    #[error(
        "the link was made by a newer Samsyn (link version {version}); update, and open it again"
    )]
    Newer {
        /// Its version.
        version: u8,
    },
}

/// A link, read and checked.
#[derive(Clone)]
pub struct Link {
    /// Where the relay is, as `http(s)://host[:port]`; none for a bare code.
    pub origin: Option<String>,
    /// What it opens.
    pub keys: BoardKeys,
}

impl Link {
    /// Reads a link or a bare code out of what a person pasted: other words around it, line breaks, invisible
    /// characters, percent signs and typographic dashes that a program put in are tolerated.
    ///
    /// # Errors
    /// Says whether it is damaged, cut short, newer, or no link at all.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        if text.len() > MAX_TEXT {
            return Err(LinkError::NoCode);
        }
        if text.contains('#') {
            return parse_fragments(text);
        }
        match percent_decoded(text) {
            Some(decoded) if decoded.contains('#') => parse_fragments(&decoded),
            Some(_) | None => parse_bare(text),
        }
    }

    /// The link as it is shared, for the role; none if these keys cannot hand that role out.
    #[must_use]
    pub fn text(&self, role: Role) -> Option<String> {
        let origin = self.origin.as_deref()?;
        Some(format!("{origin}/#{}", self.keys.link(role)?))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("origin", &self.origin)
            .field("keys", &self.keys)
            .finish()
    }
}

impl BoardKeys {
    /// The keys that a link or its bare code holds.
    ///
    /// # Errors
    /// As `Link::parse`.
    pub fn from_link(text: &str) -> Result<Self, LinkError> {
        Link::parse(text).map(|link| link.keys)
    }

    /// The code of a link for `role`: what stands behind `#`. None if these keys do not hold that much.
    #[must_use]
    pub fn link(&self, role: Role) -> Option<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 + 64 + CHECK));
        bytes.extend_from_slice(&[VERSION, role.code()]);
        match role {
            Role::Facilitator => bytes.extend_from_slice(self.facilitator_seed()?.as_slice()),
            Role::Participant => {
                bytes.extend_from_slice(self.participant_seed()?.as_slice());
                bytes.extend_from_slice(&self.verify_keys()?.facilitator);
            }
            Role::Observer => {
                bytes.extend_from_slice(self.content.content.as_slice());
                bytes.extend_from_slice(self.board().as_bytes());
            }
        }
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        Some(Base64UrlUnpadded::encode_string(&bytes))
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let [a, b, c, d, ..] = blake3::derive_key(CHECK_CONTEXT, bytes);
    [a, b, c, d]
}

/// The length of a code, in characters.
const fn code_length(role: Role) -> usize {
    let body = match role {
        Role::Facilitator => 32,
        Role::Participant | Role::Observer => 64,
    };
    ((2 + body + CHECK) * 8).div_ceil(6)
}

/// Tries what stands behind each `#`; if none opens, the last one's error is told.
fn parse_fragments(text: &str) -> Result<Link, LinkError> {
    let mut error = LinkError::NoCode;
    for (at, _) in text.match_indices('#') {
        let (before, after) = text.split_at(at);
        match parse_code(after.strip_prefix('#').unwrap_or(after)) {
            Ok(keys) => {
                return Ok(Link {
                    origin: origin_in(before),
                    keys,
                });
            }
            Err(LinkError::NoCode) => {}
            Err(other) => error = other,
        }
    }
    Err(error)
}

/// A text without `#` counts as a code only if it begins like one or is as long as one.
fn parse_bare(text: &str) -> Result<Link, LinkError> {
    let text = text.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let code = code_in(text, Breaks::End);
    let looks_like_one = role_of(&code).is_some() || code.len() >= code_length(Role::Facilitator);
    if !looks_like_one {
        return Err(LinkError::NoCode);
    }
    parse_code(text).map(|keys| Link { origin: None, keys })
}

/// Reads the code at the start of `text`, first as one word, then as a code that was broken over lines.
fn parse_code(text: &str) -> Result<BoardKeys, LinkError> {
    let error = match parse_word(&code_in(text, Breaks::End)) {
        Ok(keys) => return Ok(keys),
        Err(error) => error,
    };
    parse_word(&code_in(text, Breaks::Skip)).map_err(|_| error)
}

fn parse_word(code: &str) -> Result<BoardKeys, LinkError> {
    if code.is_empty() {
        return Err(LinkError::NoCode);
    }
    let Some(role) = role_of(code) else {
        return Err(unknown_version(code));
    };
    let length = code_length(role);
    let code = code.get(..length).ok_or(LinkError::CutShort {
        missing: length - code.len().min(length),
    })?;
    let bytes = decode(code).ok_or(LinkError::Damaged)?;
    keys_from(role, body_of(&bytes).ok_or(LinkError::Damaged)?).ok_or(LinkError::Damaged)
}

/// The role in the first characters of a code of this version.
fn role_of(code: &str) -> Option<Role> {
    match decode(code.get(..4)?)?.as_slice() {
        [VERSION, role, _] => Role::from_code(*role),
        _ => None,
    }
}

/// What to say of a code that does not begin like one of this version.
fn unknown_version(code: &str) -> LinkError {
    if code.len() < 4 {
        let missing = code_length(Role::Facilitator) - code.len();
        return LinkError::CutShort { missing };
    }
    let bytes = decode(code).unwrap_or_default();
    match (bytes.first(), body_of(&bytes)) {
        (Some(&version), Some(_)) if version > VERSION => LinkError::Newer { version },
        _ => LinkError::Damaged,
    }
}

fn decode(code: &str) -> Option<Zeroizing<Vec<u8>>> {
    Base64UrlUnpadded::decode_vec(code).ok().map(Zeroizing::new)
}

/// What stands between version and role and the check, if the check is right.
fn body_of(bytes: &[u8]) -> Option<&[u8]> {
    let (checked, given) = bytes.split_last_chunk::<CHECK>()?;
    (check(checked) == *given).then_some(())?;
    checked.get(2..)
}

fn keys_from(role: Role, body: &[u8]) -> Option<BoardKeys> {
    let mut reader = Reader::new(body);
    let secret = Zeroizing::new(reader.array()?);
    let keys = match role {
        Role::Facilitator => BoardKeys::facilitator(secret),
        Role::Participant => BoardKeys::participant(secret, reader.array()?),
        Role::Observer => BoardKeys::observer(secret, BoardId(reader.array()?)),
    };
    reader.rest().is_empty().then_some(keys)
}

/// What a space or a line break means while a code is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// The code ends there.
    End,
    /// A program broke the line there, perhaps with a quote or soft-break sign.
    Skip,
}

/// The characters of a code at the start of `text`.
fn code_in(text: &str, breaks: Breaks) -> Zeroizing<String> {
    let mut code = Zeroizing::new(String::with_capacity(128));
    for c in text.trim_start().chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => code.push(c),
            '\u{2010}'..='\u{2013}' => code.push('-'),
            '\u{2014}' => code.push_str("--"),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            _ if breaks == Breaks::Skip && (c.is_whitespace() || c == '>' || c == '=') => {}
            _ => break,
        }
    }
    code
}

/// The last `http(s)://host[:port]` in what stands before the `#`.
fn origin_in(before: &str) -> Option<String> {
    let start = before.rfind("http://").max(before.rfind("https://"))?;
    let link = before.get(start..)?;
    let (scheme, rest) = link.split_once("://")?;
    let host: String = rest
        .chars()
        .take_while(|c| !matches!(c, '/' | '?'))
        .collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (!host.is_empty() && host.chars().all(plain)).then(|| format!("{scheme}://{host}"))
}

/// The text with `%xx` read; none if there are none or they are not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    out.extend_from_slice(pieces.next()?.as_bytes());
    let mut found = false;
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend_from_slice(rest.as_bytes());
        found = true;
    }
    String::from_utf8(out).ok().filter(|_| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::testing::three_roles;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn link(role: Role) -> String {
        let [facilitator, ..] = three_roles(1);
        format!(
            "https://tavla.kommun.se:3030/#{}",
            facilitator.link(role).unwrap_or_default()
        )
    }

    /// Whether `text` opens the board of `three_roles(1)` as `role`.
    fn check_opens(text: &str, role: Role) {
        let link = Link::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(
            link.keys.link(role),
            three_roles(1)[0].link(role),
            "{text:?}"
        );
        assert_eq!(link.keys.role(), role, "{text:?}");
    }

    #[test]
    fn a_link_survives_what_a_chat_program_does_to_it() {
        for role in Role::ALL {
            let link = link(role);
            let (start, end) = link.split_at(60);
            check_opens(&link, role);
            check_opens(&format!("  {link}\r\n"), role);
            check_opens(&format!("Här är tavlan: <{link}>. Välkomna!"), role);
            check_opens(&format!("[tavlan]({link})"), role);
            check_opens(&format!("*{link}*"), role);
            check_opens(&format!("_{link}_"), role);
            check_opens(&format!("#möte #måndag {link} #kul"), role);
            check_opens(&format!("{start}\n{end}\nVälkomna!"), role);
            check_opens(&format!("> {start}=\r\n> {end}"), role);
            check_opens(&format!("{start}\u{200b}\u{ad}{end}\u{feff}"), role);
            check_opens(&link.replace("--", "—").replace('-', "–"), role);
            check_opens(&link.replace('#', "%23"), role);
            let wrapped = link
                .replace(':', "%3A")
                .replace('/', "%2F")
                .replace('#', "%23");
            check_opens(
                &format!("https://safe.example.com/?url={wrapped}&data=05%7C02"),
                role,
            );
        }
    }

    #[test]
    fn a_bare_code_is_a_link_without_an_origin() {
        for role in Role::ALL {
            let link = link(role);
            let (_, code) = link.split_once('#').unwrap();
            check_opens(code, role);
            check_opens(&format!(" “{code}”\n"), role);
            assert_eq!(Link::parse(code).unwrap().origin, None);
        }
    }

    #[test]
    fn a_link_says_where_its_relay_is() {
        let link = link(Role::Participant);
        let origin = |text: &str| Link::parse(text).unwrap().origin;
        let expected = Some("https://tavla.kommun.se:3030".to_owned());
        assert_eq!(origin(&link), expected);
        assert_eq!(origin(&format!("se http://annat.se/ och {link}")), expected);
        assert_eq!(origin(&link.replace("/#", "/?lang=da#")), expected);
        assert_eq!(
            origin(&link.replace("https://tavla.kommun.se", "http://[fe80::1]")),
            Some("http://[fe80::1]:3030".to_owned())
        );
        assert_eq!(origin(&link.replace("tavla", "ond@tavla")), None);
        assert_eq!(
            Link::parse(&link).unwrap().text(Role::Participant),
            Some(link)
        );
    }

    #[test]
    fn a_link_that_lost_its_end_says_how_much() {
        for role in Role::ALL {
            let link = link(role);
            for missing in 1..40 {
                let cut = &link[..link.len() - missing];
                assert_eq!(
                    Link::parse(cut).unwrap_err(),
                    LinkError::CutShort { missing },
                    "{cut}"
                );
            }
        }
        let stump = &link(Role::Participant)[..32];
        assert!(
            matches!(Link::parse(stump), Err(LinkError::CutShort { .. })),
            "{stump}"
        );
    }

    #[test]
    fn a_link_with_one_wrong_character_says_that_it_is_damaged() {
        for role in Role::ALL {
            let link = link(role);
            let start = link.find('#').unwrap() + 1;
            for at in start + 3..link.len() {
                let mut wrong = link.clone().into_bytes();
                wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(
                    Link::parse(&wrong).unwrap_err(),
                    LinkError::Damaged,
                    "{wrong}"
                );
            }
        }
    }

    #[test]
    fn a_newer_link_is_told_from_a_damaged_one() {
        let mut bytes = vec![2, 9, 1, 2, 3, 4, 5, 6, 7, 8];
        bytes.extend_from_slice(&check(&bytes));
        let newer = Base64UrlUnpadded::encode_string(&bytes);
        let text = format!("https://x.se/#{newer}");
        assert_eq!(
            Link::parse(&text).unwrap_err(),
            LinkError::Newer { version: 2 }
        );
        bytes[5] ^= 1;
        let damaged = format!("https://x.se/#{}", Base64UrlUnpadded::encode_string(&bytes));
        assert_eq!(Link::parse(&damaged).unwrap_err(), LinkError::Damaged);
    }

    #[test]
    fn what_is_no_link_is_called_that() {
        let long = "x".repeat(MAX_TEXT + 1);
        for text in [
            "",
            "   ",
            "tavlan",
            "https://tavla.kommun.se/",
            "https://tavla.kommun.se/#",
            "#",
            "%",
            "100%",
            "%23",
            "%2",
            &long,
        ] {
            assert_eq!(
                Link::parse(text).unwrap_err(),
                LinkError::NoCode,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_link_prints_no_secret() {
        let text = link(Role::Facilitator);
        let printed = format!("{:?}", Link::parse(&text).unwrap());
        assert!(
            !printed.contains(text.split_once('#').unwrap().1),
            "{printed}"
        );
        assert!(printed.contains("tavla.kommun.se"));
    }
}
