//! How people are shown: a colour that is theirs on every screen, initials, and where they are writing.

use samsyn_shared::board::draft::rebase;
use samsyn_shared::ids::PersonId;

use super::messages::Peer;

/// How many colours people have.
pub const COLOURS: u8 = 8;

/// A caret of somebody else in a text that is on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caret {
    /// Where it is in the text as it is shown, in UTF-16 units.
    pub at: usize,
    /// Whose it is; may be empty.
    pub name: String,
    /// Their colour.
    pub colour: u8,
}

/// The colour of a person, by number. The same on every device.
#[must_use]
pub fn colour(person: PersonId) -> u8 {
    let sum = person
        .0
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    sum % COLOURS
}

/// The first letters of a name's first two words.
#[must_use]
pub fn initials(name: &str) -> String {
    let words = name.split_whitespace().take(2);
    let letters = words.filter_map(|word| word.chars().next());
    letters.flat_map(char::to_uppercase).collect()
}

/// Where the carets of those who write in a text are in it as it is shown here.
pub fn carets<'a>(shown: &str, writers: impl Iterator<Item = &'a Peer>) -> Vec<Caret> {
    let mut carets: Vec<Caret> = writers
        .filter_map(|peer| {
            let draft = peer.draft.as_ref()?;
            let there = rebase(&draft.value, &draft.value, shown);
            Some(Caret {
                at: usize::try_from(there.caret(draft.caret?)).ok()?,
                name: peer.name.clone(),
                colour: colour(peer.person),
            })
        })
        .collect();
    carets.sort_by_key(|caret| caret.at);
    carets
}

/// A text in pieces, cut where the carets are: one piece more than there are carets.
#[must_use]
pub fn pieces(text: &str, carets: &[Caret]) -> Vec<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut from = 0;
    let ends = carets.iter().map(|caret| caret.at).chain([units.len()]);
    ends.map(|end| {
        let end = end.clamp(from, units.len());
        let piece = units.get(from..end).map(String::from_utf16_lossy);
        from = end;
        piece.unwrap_or_default()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use samsyn_shared::ids::{PresenceId, TextId};

    use super::*;
    use crate::core::messages::PeerDraft;

    fn writer(value: &str, caret: u32) -> Peer {
        Peer {
            presence: PresenceId([1; 16]),
            person: PersonId([2; 16]),
            name: "Lova Berg".into(),
            section: None,
            draft: Some(PeerDraft {
                text: TextId([3; 16]),
                revision: 1,
                value: value.into(),
                caret: Some(caret),
            }),
        }
    }

    #[test]
    fn a_caret_stays_behind_its_letter_where_more_is_shown() {
        let lova = writer("Fler vuxna", 4);
        let at = |shown: &str| carets(shown, [&lova].into_iter()).remove(0).at;
        assert_eq!(at("Fler vuxna"), 4);
        assert_eq!(
            at("Många fler? Fler vuxna"),
            "Många fler? Fler".encode_utf16().count()
        );
        assert_eq!(at(""), 0);
    }

    #[test]
    fn pieces_are_cut_at_carets_and_make_up_the_text() {
        let caret = |at| Caret {
            at,
            name: String::new(),
            colour: 0,
        };
        let cut = pieces("hej 👩‍👧 då", &[caret(3), caret(3), caret(99)]);
        assert_eq!(cut, ["hej", "", " 👩‍👧 då", ""]);
        assert_eq!(cut.concat(), "hej 👩‍👧 då");
    }

    #[test]
    fn initials_are_two_at_most() {
        assert_eq!(initials("lova berg ek"), "LB");
        assert_eq!(initials("Åsa"), "Å");
        assert_eq!(initials(" "), "");
    }
}
