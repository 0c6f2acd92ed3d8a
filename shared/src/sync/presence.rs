//! Who is here and what they are typing: sent sealed, never stored, never counted as saved.
//!
//! Boundary: values and their CBOR. When a frame is sent and believed is the session's business.

use minicbor::{Decode, Encode};

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, PresenceId, SectionId, TextId};
use crate::seal::presence::MAX_PRESENCE;

/// What a person is doing right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// Who they are on this board.
    pub person: PersonId,
    /// The section on their screen.
    pub section: Option<SectionId>,
    /// The text they are writing.
    pub draft: Option<DraftEdit>,
}

/// An unsaved edit as one replacement in the text that both sides know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftEdit {
    /// The text.
    pub text: TextId,
    /// BLAKE3 of the text that the edit was made in, first 8 bytes: tells whether it fits exactly.
    pub base: [u8; 8],
    /// Where it starts, in UTF-16 units.
    pub at: u32,
    /// How many units go.
    pub delete: u32,
    /// What comes instead; its end is missing if it is longer than a presence frame takes.
    pub insert: String,
    /// The caret in the edited text, in UTF-16 units.
    pub caret: Option<u32>,
}

/// Somebody else who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Their run of the app.
    pub presence: PresenceId,
    /// What they are doing.
    pub doing: Doing,
}

impl DraftEdit {
    /// The edit that leads from `base` to `own`: what lies between their common start and end.
    #[must_use]
    pub fn between(text: TextId, base: &str, own: &str, caret: Option<u32>) -> Self {
        let start = common(base.chars().zip(own.chars()));
        let (base_rest, own_rest) = (after(base, start), after(own, start));
        let end = common(base_rest.chars().rev().zip(own_rest.chars().rev()));
        Self {
            text,
            base: base_hash(base),
            at: units(base.get(..start).unwrap_or_default()),
            delete: units(before_end(base_rest, end)),
            insert: before_end(own_rest, end).to_owned(),
            caret,
        }
    }

    /// Whether the edit was made in exactly this text.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        base_hash(text) == self.base
    }

    /// The text with the edit in it; in a text that it was not made in, as near as its position allows.
    #[must_use]
    pub fn applied_to(&self, text: &str) -> String {
        let start = byte_at(text, self.at);
        let end = byte_at(text, self.at.saturating_add(self.delete));
        let mut out = String::with_capacity(text.len() + self.insert.len());
        out.push_str(text.get(..start).unwrap_or(text));
        out.push_str(&self.insert);
        out.push_str(text.get(end..).unwrap_or_default());
        out
    }
}

fn base_hash(text: &str) -> [u8; 8] {
    let hash = blake3::hash(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(hash.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
    first
}

/// Bytes of the pairs that are equal from the first on.
fn common(pairs: impl Iterator<Item = (char, char)>) -> usize {
    pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum()
}

fn after(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

fn before_end(text: &str, end: usize) -> &str {
    text.get(..text.len().saturating_sub(end))
        .unwrap_or_default()
}

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The byte before which so many UTF-16 units lie; never inside a character.
fn byte_at(text: &str, at: u32) -> usize {
    let mut seen = 0;
    for (byte, character) in text.char_indices() {
        if seen >= at {
            return byte;
        }
        seen += if character.len_utf16() == 1 { 1 } else { 2 };
    }
    text.len()
}

/// What a presence frame says. Keys are the format; 5 is reserved for the cursor and the hash of S.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Body {
    /// The sender's run of the app.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(super) session: [u8; 16],
    /// Rises with each frame of the session.
    #[n(1)]
    pub(super) counter: u64,
    /// None says goodbye.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) person: Option<[u8; 16]>,
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(super) section: Option<[u8; 16]>,
    #[n(4)]
    pub(super) draft: Option<BodyDraft>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct BodyDraft {
    #[cbor(n(0), with = "minicbor::bytes")]
    text: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    base: [u8; 8],
    #[n(2)]
    at: u32,
    #[n(3)]
    delete: u32,
    #[n(4)]
    insert: String,
    #[n(5)]
    caret: Option<u32>,
}

/// What fits a frame beside an insert: every other field at its largest.
const REST: usize = 160;

impl Body {
    /// The frame's contents; an insert that is too long loses its end.
    pub(super) fn new(session: PresenceId, counter: u64, doing: Option<&Doing>) -> Self {
        Self {
            session: session.0,
            counter,
            person: doing.map(|doing| doing.person.0),
            section: doing
                .and_then(|doing| doing.section)
                .map(|section| section.0),
            draft: doing
                .and_then(|doing| doing.draft.as_ref())
                .map(|draft| BodyDraft {
                    text: draft.text.0,
                    base: draft.base,
                    at: draft.at,
                    delete: draft.delete,
                    insert: cut(&draft.insert, MAX_PRESENCE - REST),
                    caret: draft.caret,
                }),
        }
    }

    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        minicbor::to_vec(self).ok()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }

    pub(super) fn doing(self) -> Option<Doing> {
        Some(Doing {
            person: PersonId(self.person?),
            section: self.section.map(SectionId),
            draft: self.draft.map(|draft| DraftEdit {
                text: TextId(draft.text),
                base: draft.base,
                at: draft.at,
                delete: draft.delete,
                insert: draft.insert,
                caret: draft.caret,
            }),
        })
    }
}

fn cut(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn check(base: &str, own: &str) {
        let edit = DraftEdit::between(TextId([1; 16]), base, own, None);
        assert!(edit.fits(base));
        assert_eq!(edit.applied_to(base), own);
    }

    #[test]
    fn a_draft_leads_from_the_base_to_what_is_typed() {
        check("", "hej");
        check("Höjd ljudnivå", "Höjd ljudnivå i sal 2");
        check("aaa", "aa");
        check("en 👩‍🚒 till", "en 👩🏽‍🚒 till");
        check("e\u{301}", "e\u{308}");
    }

    #[test]
    fn a_draft_in_another_text_is_shown_as_near_as_it_goes() {
        let edit = DraftEdit::between(TextId([1; 16]), "abc", "abcd", None);
        assert!(!edit.fits("a"));
        assert_eq!(edit.applied_to("a"), "ad");
    }

    #[test]
    fn the_longest_draft_fits_a_frame() {
        let doing = Doing {
            person: PersonId([255; 16]),
            section: Some(SectionId([255; 16])),
            draft: Some(DraftEdit {
                text: TextId([255; 16]),
                base: [255; 8],
                at: u32::MAX,
                delete: u32::MAX,
                insert: "å".repeat(20_000),
                caret: Some(u32::MAX),
            }),
        };
        let bytes = Body::new(PresenceId([255; 16]), u64::MAX, Some(&doing))
            .encode()
            .unwrap();
        assert!(bytes.len() <= MAX_PRESENCE, "{}", bytes.len());
        assert!(bytes.len() > MAX_PRESENCE - REST);
    }

    #[test]
    fn what_somebody_does_survives_the_frame() {
        let doing = Doing {
            person: PersonId([2; 16]),
            section: None,
            draft: Some(DraftEdit::between(TextId([3; 16]), "a", "ab", Some(2))),
        };
        let bytes = Body::new(PresenceId([1; 16]), 7, Some(&doing))
            .encode()
            .unwrap();
        assert_eq!(Body::decode(&bytes).unwrap().doing(), Some(doing));
    }
}
