//! What differs between two states of a board, or between two boards: record by record, field by field.

use serde::{Deserialize, Serialize};

use super::merge::{Field, FieldValue};
use super::{Board, View};
use crate::records::RecordId;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    /// The record.
    pub record: RecordId,
    /// The field.
    pub field: Field,
    /// What it holds in the first.
    pub from: FieldValue,
    /// What it holds in the second.
    pub to: FieldValue,
}

/// What differs; each list in the order of the records' ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// On the second board only; what lies in its trash is not on it.
    pub added: Vec<RecordId>,
    /// On the first board only.
    pub removed: Vec<RecordId>,
    /// On both, with other values.
    pub changed: Vec<Differing>,
}

/// What differs between two boards' records, by their ids.
#[must_use]
pub fn differences(first: &Board, second: &Board) -> Differences {
    let (a, b) = (first.view(), second.view());
    let only = |here: &View, there: &View| {
        let mut records: Vec<RecordId> = here
            .records()
            .filter(|it| !matches!(it, RecordId::Person(_)))
            .filter(|it| here.is_on_board(*it) && !there.is_on_board(*it))
            .collect();
        records.sort_unstable();
        records
    };
    let both = a
        .records()
        .filter(|it| a.is_on_board(*it) && b.is_on_board(*it));
    let fields = both.flat_map(|record| Field::all(record).into_iter().map(move |it| (record, it)));
    let changed = fields.filter_map(|(record, field)| {
        let from = first.field_value(record, field)?;
        let to = second.field_value(record, field)?;
        (from != to).then_some(Differing {
            record,
            field,
            from,
            to,
        })
    });
    Differences {
        added: only(b, a),
        removed: only(a, b),
        changed: changed.collect(),
    }
}
