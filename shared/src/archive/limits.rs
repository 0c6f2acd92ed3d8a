//! What an archive may hold, so that a file from outside cannot fill a device's memory.

use std::collections::HashSet;
use std::hash::Hash;

use super::{Archive, ArchiveError, ArchivedCross};
use crate::board::order_key_is_valid;
use crate::records::OrderKey;

/// The most records of all kinds together.
pub const MAX_RECORDS: usize = 50_000;

/// The longest single text, in UTF-16 code units: several typists at once can go past what one may type.
pub const MAX_TEXT_UNITS: usize = 200_000;

/// All texts together, in UTF-16 code units.
pub const MAX_UNITS: usize = 4_000_000;

/// The most registers, as a relay keeps them.
pub const MAX_REGISTERS: usize = 4_096;

/// The most supporters of one rule.
pub const MAX_SUPPORTERS: usize = 1_000;

/// Whether everything in `archive` is within the limits and no id names two records of one kind.
pub fn check(archive: &Archive) -> Result<(), ArchiveError> {
    check_count(archive)?;
    unique("people", archive.people.iter().map(|it| it.id))?;
    unique("sections", archive.sections.iter().map(|it| it.id))?;
    unique("notes", archive.notes.iter().map(|it| it.id))?;
    unique("rules", archive.rules.iter().map(|it| it.id))?;
    unique("crosses", archive.crosses.iter().map(|it| it.id))?;
    check_orders("sections", archive.sections.iter().map(|it| &it.order))?;
    check_orders("notes", archive.notes.iter().map(|it| &it.order))?;
    check_orders("rules", archive.rules.iter().map(|it| &it.order))?;
    check_texts(archive)
}

fn damaged(path: String, why: impl Into<String>) -> ArchiveError {
    ArchiveError::Damaged {
        path,
        why: why.into(),
    }
}

fn check_count(archive: &Archive) -> Result<(), ArchiveError> {
    let count = archive.people.len()
        + archive.sections.len()
        + archive.notes.len()
        + archive.rules.len()
        + archive.crosses.len();
    if count > MAX_RECORDS {
        return Err(ArchiveError::TooMuch {
            what: "records",
            limit: MAX_RECORDS,
        });
    }
    Ok(())
}

fn unique<Id: Hash + Eq>(list: &str, ids: impl Iterator<Item = Id>) -> Result<(), ArchiveError> {
    let mut seen = HashSet::new();
    for (index, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(damaged(
                format!("{list}[{index}].id"),
                "the same id stands here twice",
            ));
        }
    }
    Ok(())
}

/// An empty key is one that was malformed on its board: it sorts last.
fn check_orders<'a>(
    list: &str,
    orders: impl Iterator<Item = &'a OrderKey>,
) -> Result<(), ArchiveError> {
    for (index, order) in orders.enumerate() {
        if !order.is_empty() && !order_key_is_valid(order) {
            return Err(damaged(
                format!("{list}[{index}].order"),
                "not an order key, which is hexadecimal digits, a hyphen and six more",
            ));
        }
    }
    Ok(())
}

fn check_texts(archive: &Archive) -> Result<(), ArchiveError> {
    let mut total = 0;
    let mut take = |list: &str, index: usize, field: &str, text: &str| {
        // UTF-8 never has fewer bytes than UTF-16 has units, and most texts are far from the limit.
        let units = if text.len() > MAX_TEXT_UNITS {
            text.encode_utf16().count()
        } else {
            text.len()
        };
        total += units;
        if units > MAX_TEXT_UNITS {
            let why = format!("a text of {units} characters; {MAX_TEXT_UNITS} are allowed");
            return Err(damaged(format!("{list}[{index}].{field}"), why));
        }
        Ok(())
    };
    for (index, it) in archive.begun_from.iter().enumerate() {
        take("begun_from", index, "title", &it.title)?;
    }
    for (index, it) in archive.people.iter().enumerate() {
        take("people", index, "name", &it.name)?;
    }
    for (index, it) in archive.sections.iter().enumerate() {
        take("sections", index, "title", &it.title)?;
    }
    for (index, it) in archive.notes.iter().enumerate() {
        take("notes", index, "text", &it.text)?;
    }
    for (index, it) in archive.rules.iter().enumerate() {
        take("rules", index, "text", &it.text)?;
        take("rules", index, "why", &it.why)?;
        take("rules", index, "shows_as", &it.shows_as)?;
    }
    for (index, it) in archive.crosses.iter().enumerate() {
        for (field, text) in cross_texts(it) {
            take("crosses", index, field, text)?;
        }
    }
    if total > MAX_UNITS {
        return Err(ArchiveError::TooMuch {
            what: "characters",
            limit: MAX_UNITS,
        });
    }
    Ok(())
}

/// The texts of a cross with the paths that they have in the file.
fn cross_texts(it: &ArchivedCross) -> [(&'static str, &str); 15] {
    let four = &it.quadrants;
    [
        ("question", &it.question),
        ("x.name", &it.x.name),
        ("x.low", &it.x.low),
        ("x.high", &it.x.high),
        ("y.name", &it.y.name),
        ("y.low", &it.y.low),
        ("y.high", &it.y.high),
        ("quadrants.top_left.name", &four.top_left.name),
        ("quadrants.top_left.story", &four.top_left.story),
        ("quadrants.top_right.name", &four.top_right.name),
        ("quadrants.top_right.story", &four.top_right.story),
        ("quadrants.bottom_left.name", &four.bottom_left.name),
        ("quadrants.bottom_left.story", &four.bottom_left.story),
        ("quadrants.bottom_right.name", &four.bottom_right.name),
        ("quadrants.bottom_right.story", &four.bottom_right.story),
    ]
}
