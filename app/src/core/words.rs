//! The catalogue of words: one struct that every language fills in, so that a missing word does not compile.

use super::messages::Language;

/// Every word of the interface.
#[derive(Debug)]
pub struct Words {
    /// The product's name.
    pub product: &'static str,
    /// The title of a board that nobody gave one.
    pub untitled: &'static str,
}

/// The words of a language.
#[must_use]
pub const fn words(_language: Language) -> &'static Words {
    &Words {
        product: "Samsyn",
        untitled: "Ny tavla",
    }
}
