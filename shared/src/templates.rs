//! Boards to start from, as data: which sections there are, and what they are called in each language.
//!
//! Boundary: a template only says which commands make it. The words are ours.

use rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::board::Command;
use crate::ids::{CrossId, SectionId};
use crate::records::SectionKind;

/// A language that Samsyn speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Swedish.
    #[default]
    Sv,
    /// Danish.
    Da,
    /// English.
    En,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sv, Self::Da, Self::En];

    /// Its code in ISO 639-1: `sv`, `da` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::Da => "da",
            Self::En => "en",
        }
    }

    /// Reads a language tag such as `sv` or `sv-FI`; none for a language that Samsyn does not speak.
    #[must_use]
    pub fn from_code(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
    }
}

/// A board to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Template {
    /// Note wall, ground rules and scenario cross.
    Workshop,
    /// A note wall alone.
    Empty,
}

/// A few words in every language.
struct Said {
    sv: &'static str,
    da: &'static str,
    en: &'static str,
}

impl Said {
    const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::Sv => self.sv,
            Language::Da => self.da,
            Language::En => self.en,
        }
    }
}

/// A section of a template.
struct Part {
    kind: SectionKind,
    title: Said,
}

const NOTES: Part = Part {
    kind: SectionKind::Notes,
    title: Said {
        sv: "Lappvägg",
        da: "Seddelvæg",
        en: "Note wall",
    },
};

const RULES: Part = Part {
    kind: SectionKind::Rules,
    title: Said {
        sv: "Spelregler",
        da: "Spilleregler",
        en: "Ground rules",
    },
};

const CROSS: Part = Part {
    kind: SectionKind::Cross,
    title: Said {
        sv: "Scenariokors",
        da: "Scenariekryds",
        en: "Scenario cross",
    },
};

impl Template {
    /// All of them, the one that most workshops start from first.
    pub const ALL: [Self; 2] = [Self::Workshop, Self::Empty];

    /// The word used on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Workshop => "workshop",
            Self::Empty => "empty",
        }
    }

    /// Reads `word` back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// What a board made from it is called until somebody says better.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        let title = match self {
            Self::Workshop => Said {
                sv: "Workshop",
                da: "Workshop",
                en: "Workshop",
            },
            Self::Empty => Said {
                sv: "Ny tavla",
                da: "Ny tavle",
                en: "New board",
            },
        };
        title.in_language(language)
    }

    /// The commands that make it on an empty board, with ids from `rng`.
    #[must_use]
    pub fn commands(self, rng: &mut impl Rng, language: Language) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut after = None;
        for part in self.parts() {
            let id = SectionId::random(rng);
            commands.push(Command::AddSection {
                id,
                kind: part.kind,
                title: part.title.in_language(language).into(),
                after,
            });
            commands.extend(furniture(rng, part.kind, id));
            after = Some(id);
        }
        commands
    }

    const fn parts(self) -> &'static [Part] {
        match self {
            Self::Workshop => &[NOTES, RULES, CROSS],
            Self::Empty => &[NOTES],
        }
    }
}

/// What a section of this kind cannot be without.
fn furniture(rng: &mut impl Rng, kind: SectionKind, section: SectionId) -> Option<Command> {
    match kind {
        SectionKind::Cross => Some(Command::AddCross {
            id: CrossId::random(rng),
            section,
            texts: Vec::new(),
            horizon: None,
        }),
        SectionKind::Notes | SectionKind::Rules | SectionKind::Unknown => None,
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests, and anything unexpected fails them"
)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn made(template: Template, language: Language) -> Vec<Command> {
        template.commands(&mut ChaCha20Rng::from_seed([7; 32]), language)
    }

    fn headings(template: Template, language: Language) -> Vec<(SectionKind, String)> {
        let heading = |command| match command {
            Command::AddSection { kind, title, .. } => Some((kind, title)),
            Command::AddCross { .. } => None,
            other => panic!("a template says {other:?}"),
        };
        made(template, language)
            .into_iter()
            .filter_map(heading)
            .collect()
    }

    #[test]
    fn a_workshop_has_a_wall_rules_and_a_cross_in_every_language() {
        use SectionKind::{Cross, Notes, Rules};
        let kinds = [Notes, Rules, Cross];
        for (language, titles) in [
            (Language::Sv, ["Lappvägg", "Spelregler", "Scenariokors"]),
            (Language::Da, ["Seddelvæg", "Spilleregler", "Scenariekryds"]),
            (
                Language::En,
                ["Note wall", "Ground rules", "Scenario cross"],
            ),
        ] {
            let expected: Vec<_> = kinds.into_iter().zip(titles.map(String::from)).collect();
            assert_eq!(headings(Template::Workshop, language), expected);
        }
    }

    #[test]
    fn every_section_follows_the_one_before_it_and_the_cross_is_in_its_own() {
        let mut last = None;
        for command in made(Template::Workshop, Language::Sv) {
            match command {
                Command::AddSection { id, after, .. } => {
                    assert_eq!(after, last);
                    last = Some(id);
                }
                Command::AddCross { section, .. } => assert_eq!(Some(section), last),
                other => panic!("a template says {other:?}"),
            }
        }
    }

    #[test]
    fn words_and_tags_are_read_back() {
        assert_eq!(Template::from_word("workshop"), Some(Template::Workshop));
        assert_eq!(Template::from_word("verkstad"), None);
        assert_eq!(Language::from_code("sv-FI"), Some(Language::Sv));
        assert_eq!(Language::from_code("DA"), Some(Language::Da));
        assert_eq!(Language::from_code("nb"), None);
    }
}
