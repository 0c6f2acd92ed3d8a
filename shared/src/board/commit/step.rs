//! The smallest things that a command does to the document, and what they cost of a change's limits.

use automerge::ScalarValue;

use super::Target;
use crate::board::read::Claim;
use crate::board::{Splice, chunk, draft};
use crate::ids::{PersonId, RuleId, TextId};
use crate::records::RecordId;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    MakeRecord {
        record: RecordId,
        fields: Vec<(&'static str, ScalarValue)>,
        /// Of a rule.
        supporters: Vec<PersonId>,
    },
    Put {
        record: RecordId,
        key: &'static str,
        value: ScalarValue,
    },
    Support {
        rule: RuleId,
        person: PersonId,
        given: bool,
    },
    MakeText {
        text: TextId,
        value: String,
    },
    Splice {
        text: TextId,
        splice: Splice,
    },
    /// Sets a mark of merging, or says that there is none any more.
    Mark {
        mark: Claim,
        value: Option<Vec<u8>>,
    },
}

/// What a step takes of a change: operations, and bytes estimated from above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    operations: usize,
    bytes: usize,
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |sum, cost| Self {
            operations: sum.operations + cost.operations,
            bytes: sum.bytes + cost.bytes,
        })
    }
}

/// What is left of a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(Cost);

/// A deleted character costs at most this many bytes: its place and its predecessor, each a counter and an actor.
const DELETED: usize = 24;
/// An inserted character costs at most its UTF-8 and this: its length and its action.
const INSERTED: usize = 4;
/// An operation on a map costs at most its key, its value and this.
const OPERATION: usize = 40;
/// The header, the other actors and the column layout, with room for many dependencies.
const HEADER: usize = 8 * 1024;

impl Budget {
    pub(super) const fn full() -> Self {
        Self(Cost {
            operations: chunk::MAX_OPERATIONS,
            bytes: chunk::MAX_RAW - HEADER,
        })
    }

    pub(super) const fn takes(self, cost: Cost) -> bool {
        cost.operations <= self.0.operations && cost.bytes <= self.0.bytes
    }

    pub(super) const fn spend(&mut self, cost: Cost) {
        self.0.operations = self.0.operations.saturating_sub(cost.operations);
        self.0.bytes = self.0.bytes.saturating_sub(cost.bytes);
    }
}

fn on_map(key: usize, value: &ScalarValue) -> Cost {
    let value = match value {
        ScalarValue::Bytes(it) => it.len(),
        ScalarValue::Str(it) => it.len(),
        ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Unknown { .. }
        | ScalarValue::Null => 10,
    };
    Cost {
        operations: 1,
        bytes: OPERATION + key + value,
    }
}

fn inserted(text: &str) -> Cost {
    let operations = text.chars().count();
    let bytes = text.len() + INSERTED * operations;
    Cost { operations, bytes }
}

fn deleted(units: u32) -> Cost {
    let operations = usize::try_from(units).unwrap_or(usize::MAX);
    let bytes = operations.saturating_mul(DELETED);
    Cost { operations, bytes }
}

impl Step {
    pub(super) const fn target(&self) -> Option<Target> {
        match self {
            Self::MakeRecord { .. } | Self::MakeText { .. } | Self::Mark { .. } => None,
            Self::Put { record, .. } => Some(Target::Record(*record)),
            Self::Support { rule, .. } => Some(Target::Support(*rule)),
            Self::Splice { text, .. } => Some(Target::Text(*text)),
        }
    }

    /// The record that it makes or changes.
    pub(super) const fn record(&self) -> Option<RecordId> {
        match self {
            Self::MakeRecord { record, .. } | Self::Put { record, .. } => Some(*record),
            Self::Support { rule, .. } => Some(RecordId::Rule(*rule)),
            Self::MakeText { .. } | Self::Splice { .. } | Self::Mark { .. } => None,
        }
    }

    /// The mark that it sets.
    pub(super) const fn mark(&self) -> Option<Claim> {
        match self {
            Self::Mark { mark, .. } => Some(*mark),
            Self::MakeRecord { .. }
            | Self::Put { .. }
            | Self::Support { .. }
            | Self::MakeText { .. }
            | Self::Splice { .. } => None,
        }
    }

    /// The text that it makes or changes.
    pub(super) const fn text(&self) -> Option<TextId> {
        match self {
            Self::MakeText { text, .. } | Self::Splice { text, .. } => Some(*text),
            Self::MakeRecord { .. }
            | Self::Put { .. }
            | Self::Support { .. }
            | Self::Mark { .. } => None,
        }
    }

    pub(super) fn cost(&self) -> Cost {
        let id = ScalarValue::Null;
        match self {
            Self::MakeRecord {
                fields, supporters, ..
            } => {
                let fields = fields.iter().map(|(key, value)| on_map(key.len(), value));
                let supporters = supporters.iter().map(|_| on_map(32, &id));
                let objects = [on_map(32, &id), on_map(32, &id)];
                objects.into_iter().chain(fields).chain(supporters).sum()
            }
            Self::Put { key, value, .. } => on_map(key.len(), value),
            Self::Support { .. } => [on_map(32, &id), on_map(32, &id)].into_iter().sum(),
            Self::MakeText { value, .. } => [on_map(32, &id), inserted(value)].into_iter().sum(),
            Self::Splice { splice, .. } => {
                let place = Cost {
                    operations: 0,
                    bytes: OPERATION,
                };
                let parts = [place, deleted(splice.delete), inserted(&splice.insert)];
                parts.into_iter().sum()
            }
            Self::Mark { value, .. } => Cost {
                operations: 1,
                bytes: OPERATION + 32 + value.as_ref().map_or(0, Vec::len),
            },
        }
    }

    /// As much of the step as the budget takes, and the rest of it.
    pub(super) fn split(self, budget: Budget) -> (Option<Self>, Option<Self>) {
        if budget.takes(self.cost()) {
            return (Some(self), None);
        }
        match self.halves() {
            (first, Some(second)) => match first.split(budget) {
                (fits, Some(rest)) => (fits, Some(rest.joined(second))),
                (Some(fits), None) => match second.split(budget.after(fits.cost())) {
                    (Some(more), rest) => (Some(fits.joined(more)), rest),
                    (None, rest) => (Some(fits), rest),
                },
                (None, None) => (None, Some(second)),
            },
            (whole, None) => (None, Some(whole)),
        }
    }

    /// Two steps that do the same one after the other, if the step can be divided.
    pub(super) fn halves(self) -> (Self, Option<Self>) {
        match self {
            Self::MakeText { text, value } if value.chars().nth(1).is_some() => {
                let (first, second) = value.split_at(middle(&value));
                let at = draft::units(first);
                let second = Splice {
                    at,
                    delete: 0,
                    insert: second.to_owned(),
                };
                let value = first.to_owned();
                let second = Self::Splice {
                    text,
                    splice: second,
                };
                (Self::MakeText { text, value }, Some(second))
            }
            Self::Splice { text, splice } => {
                let (first, second) = halves(splice);
                let step = |splice| Self::Splice { text, splice };
                (step(first), second.map(step))
            }
            Self::MakeRecord { .. }
            | Self::Put { .. }
            | Self::Support { .. }
            | Self::MakeText { .. }
            | Self::Mark { .. } => (self, None),
        }
    }

    /// What `halves` took apart.
    pub(super) fn joined(self, later: Self) -> Self {
        match (self, later) {
            (Self::MakeText { text, mut value }, Self::Splice { splice, .. }) => {
                value.push_str(&splice.insert);
                Self::MakeText { text, value }
            }
            (
                Self::Splice {
                    text,
                    splice: first,
                },
                Self::Splice { splice: second, .. },
            ) => {
                let splice = Splice {
                    at: first.at,
                    delete: first.delete + second.delete,
                    insert: first.insert + &second.insert,
                };
                Self::Splice { text, splice }
            }
            (first, _) => first,
        }
    }
}

impl Budget {
    const fn after(mut self, cost: Cost) -> Self {
        self.spend(cost);
        self
    }
}

/// A place in the middle of a text, between characters.
fn middle(text: &str) -> usize {
    let half = text.chars().count() / 2;
    text.char_indices()
        .nth(half)
        .map_or(text.len(), |(at, _)| at)
}

/// First the insertion, then what is deleted behind it.
fn halves(splice: Splice) -> (Splice, Option<Splice>) {
    let Splice { at, delete, insert } = splice;
    let (first, second) = if !insert.is_empty() && delete > 0 {
        ((0, insert.as_str()), (delete, ""))
    } else if insert.chars().nth(1).is_some() {
        let (first, second) = insert.split_at(middle(&insert));
        ((0, first), (0, second))
    } else if delete > 1 {
        ((delete / 2, ""), (delete - delete / 2, ""))
    } else {
        return (Splice { at, delete, insert }, None);
    };
    let second = Splice {
        at: at + draft::units(first.1),
        delete: second.0,
        insert: second.1.to_owned(),
    };
    let first = Splice {
        at,
        delete: first.0,
        insert: first.1.to_owned(),
    };
    (first, Some(second))
}
