//! A ground rule and who stands behind it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{OrderKey, Presence};
use crate::ids::{PersonId, RuleId, SectionId, TextId};
use crate::time::UnixMillis;

/// How far the room has come with a rule.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    /// Somebody proposed it.
    #[default]
    Proposed,
    /// The room stands behind it.
    Agreed,
    /// It no longer applies.
    Retired,
}

impl RuleStatus {
    /// The word stored in the document.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Agreed => "agreed",
            Self::Retired => "retired",
        }
    }

    /// Reads `word` back; what is not known is `Proposed`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "agreed" => Self::Agreed,
            "retired" => Self::Retired,
            _ => Self::Proposed,
        }
    }
}

/// A ground rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The section it is in.
    pub section: SectionId,
    /// The rule itself.
    pub text: Option<TextId>,
    /// Why the room wants it.
    pub why: Option<TextId>,
    /// What one sees when it is kept, one example a line.
    pub shows_as: Option<TextId>,
    /// Proposed, agreed or retired.
    pub status: RuleStatus,
    /// Its place in the list.
    pub order: OrderKey,
    /// Who supports it: shown as a count, never as a ranking of people.
    pub supporters: BTreeSet<PersonId>,
    /// Who proposed it, where that was told.
    pub author: Option<PersonId>,
    /// When its device says that it was made.
    pub made: UnixMillis,
    /// On the board or in the trash.
    pub presence: Presence,
}
