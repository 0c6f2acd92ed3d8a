//! What the address bar's fragment means: the start screen, a board of this device, or a link that was followed.

use samsyn_shared::ids::BoardId;

/// Where the address bar points. A link's code is never left in it once the link is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Address {
    /// No fragment.
    #[default]
    Start,
    /// `#/board/<board id>`: a board of this device; says nothing secret.
    Board(BoardId),
    /// `#<code>`: somebody followed a link.
    Link(String),
}

impl Address {
    /// Reads a URL's fragment, with or without its `#`.
    #[must_use]
    pub fn from_fragment(fragment: &str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        match fragment.strip_prefix("/board/").map(str::parse) {
            Some(Ok(board)) => Self::Board(board),
            Some(Err(_)) => Self::Start,
            None if fragment.is_empty() || fragment == "/" => Self::Start,
            None => Self::Link(fragment.to_owned()),
        }
    }

    /// The fragment that leads here again, with its `#`; empty for the start screen. Links are not written back.
    #[must_use]
    pub fn fragment(&self) -> String {
        match self {
            Self::Start | Self::Link(_) => String::new(),
            Self::Board(board) => format!("#/board/{board}"),
        }
    }
}

/// The code in what somebody pasted: a whole link, or the code alone. Blanks and line ends, which mail programs
/// like to add, are dropped.
#[must_use]
pub fn code_in(pasted: &str) -> Option<String> {
    let joined: String = pasted.split_whitespace().collect();
    let code = joined.rsplit('#').next().unwrap_or_default();
    (!code.is_empty() && !code.contains('/')).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_leads_back_to_its_board() {
        let board = Address::Board(BoardId([5; 32]));
        assert_eq!(Address::from_fragment(&board.fragment()), board);
        assert_eq!(Address::from_fragment("#"), Address::Start);
        assert_eq!(Address::from_fragment("#/board/nonsens"), Address::Start);
        assert_eq!(
            Address::from_fragment("#AbC-_9"),
            Address::Link("AbC-_9".into())
        );
    }

    #[test]
    fn a_links_code_never_returns_to_the_address_bar() {
        assert_eq!(Address::Link("hemligt".into()).fragment(), "");
    }

    #[test]
    fn a_pasted_link_may_be_broken_over_lines() {
        assert_eq!(
            code_in(" https://tavla.example/#AbC\n -_9 "),
            Some("AbC-_9".into())
        );
        assert_eq!(code_in("AbC"), Some("AbC".into()));
        assert_eq!(code_in("https://tavla.example/"), None);
        assert_eq!(code_in("  "), None);
    }
}
