//! The board's title.

use std::fmt;

/// What a board is called: one line, trimmed, at most `Title::LIMIT` characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Title(String);

/// Why a register's value is not a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the board's title does not read")]
pub struct TitleError;

impl Title {
    /// The most characters.
    pub const LIMIT: usize = 200;

    /// What is left of `text` as one line: line breaks become spaces, and what is over the limit goes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        Self(words.join(" ").chars().take(Self::LIMIT).collect())
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The register's value: CBOR `{0: text}`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = minicbor::Encoder::new(Vec::new());
        let result = out.map(1).and_then(|out| out.u8(0)?.str(&self.0));
        debug_assert!(result.is_ok(), "writing to a Vec cannot fail");
        out.into_writer()
    }

    /// Reads a register's value.
    ///
    /// # Errors
    /// If it is no title.
    pub fn decode(value: &[u8]) -> Result<Self, TitleError> {
        Self::read(value).ok_or(TitleError)
    }

    fn read(value: &[u8]) -> Option<Self> {
        let mut from = minicbor::Decoder::new(value);
        let mut title = None;
        for _ in 0..from.map().ok()?? {
            match from.u64().ok()? {
                0 => title = Some(Self::new(from.str().ok()?)),
                _ => from.skip().ok()?,
            }
        }
        title
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_title_is_one_line_of_bounded_length() {
        assert_eq!(Title::new("  Möte\r\n i  Norr\t").as_str(), "Möte i Norr");
        assert_eq!(
            Title::new(&"å".repeat(500)).as_str(),
            "å".repeat(Title::LIMIT)
        );
    }

    #[test]
    fn a_title_survives_its_register_and_skips_what_is_newer() {
        let title = Title::new("Ledningsgruppen 👩‍👩‍👧");
        assert_eq!(Title::decode(&title.encode()), Ok(title.clone()));
        let newer = [&[0xa2, 0x07, 0xf5], &title.encode()[1..]].concat();
        assert_eq!(Title::decode(&newer), Ok(title));
        assert_eq!(Title::decode(&[0xa0]), Err(TitleError));
        assert_eq!(Title::decode(b"Ledningsgruppen"), Err(TitleError));
    }
}
