//! What was done to a text, as replacements in its own coordinates.

use similar::DiffTag;
use similar::algorithms::{Capture, Compact, Replace, patience};
use unicode_segmentation::UnicodeSegmentation;

use super::units;
use crate::board::Splice;

/// Larger comparisons than this, in words times words, are one replacement: a text was as good as set anew.
const LARGEST_COMPARISON: usize = 16_000_000;

/// One replacement. What is inserted comes before what is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) insert: String,
}

/// Replacements, ascending, at most one at each start, none overlapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// What leads from one text to another, found by comparing them.
    pub(super) fn between(base: &str, other: &str) -> Self {
        let old: Vec<&str> = base.split_word_bounds().collect();
        let new: Vec<&str> = other.split_word_bounds().collect();
        let starts = starts(&old);
        let hunks = hunks(&old, &new).into_iter().map(|(old_range, new_range)| {
            let start = starts.get(old_range.start).copied().unwrap_or_default();
            let replaced = old.get(old_range).unwrap_or_default().concat();
            let by = new.get(new_range).unwrap_or_default().concat();
            refine(start, &replaced, &by)
        });
        Self(hunks.collect())
    }

    /// What splices did, one after the other. None if one of them is outside the text.
    pub(super) fn of(base: &str, splices: &[Splice]) -> Option<Self> {
        let length = base.encode_utf16().count();
        let mut pieces = vec![Piece::Base(0, length)];
        for splice in splices {
            pieces = spliced(pieces, splice)?;
        }
        Some(Self(edits_of(&pieces, length)))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some edit is in both.
    pub(super) fn shares(&self, other: &Self) -> bool {
        let mut edits = self.0.iter();
        edits.any(|edit| other.at(edit.start) == Some(edit))
    }

    /// The same as splices, to be applied one after the other.
    pub(super) fn splices(&self) -> Vec<Splice> {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        // From the last to the first, none moves another.
        let edits = self.0.iter().rev();
        edits
            .map(|edit| Splice {
                at: number(edit.start),
                delete: number(edit.end - edit.start),
                insert: edit.insert.clone(),
            })
            .collect()
    }

    pub(super) fn at(&self, start: usize) -> Option<&Edit> {
        let found = self
            .0
            .binary_search_by_key(&start, |edit| edit.start)
            .ok()?;
        self.0.get(found)
    }

    pub(super) fn deletes(&self, at: usize) -> bool {
        let next = self.0.partition_point(|edit| edit.start <= at);
        let last = next.checked_sub(1).and_then(|it| self.0.get(it));
        last.is_some_and(|edit| at < edit.end)
    }
}

/// Where each word begins, and where the last one ends, in UTF-16 code units.
fn starts(words: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    starts.extend(words.iter().map(|word| {
        at += word.encode_utf16().count();
        at
    }));
    starts
}

type Range = std::ops::Range<usize>;

/// What is not the same in two rows of words: ranges of both, ascending.
pub(crate) fn hunks(old: &[&str], new: &[&str]) -> Vec<(Range, Range)> {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.len() - same, new.len() - same);
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let tail = tail.min(old_rest).min(new_rest);
    let (old_rest, new_rest) = (old_rest - tail, new_rest - tail);
    if old_rest * new_rest > LARGEST_COMPARISON {
        return vec![(same..same + old_rest, same..same + new_rest)];
    }
    // The one algorithm by its own name: choosing it by a value would bring all of them into the bundle.
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let (all, all_new) = (0..old.len(), 0..new.len());
    let Ok(()) = patience::diff_deadline_raw(&mut found, old, all, new, all_new, None);
    let found = found.into_inner().into_inner().into_ops();
    let changed = found.iter().filter(|op| op.tag() != DiffTag::Equal);
    joined(changed.map(|op| (op.old_range(), op.new_range())))
}

/// Hunks that touch in the old text are one, so that no two begin at one place.
fn joined(hunks: impl Iterator<Item = (Range, Range)>) -> Vec<(Range, Range)> {
    let mut joined: Vec<(Range, Range)> = Vec::new();
    for (old, new) in hunks {
        match joined.last_mut() {
            Some(last) if last.0.end == old.start => {
                last.0.end = old.end;
                last.1.end = new.end;
            }
            Some(_) | None => joined.push((old, new)),
        }
    }
    joined
}

/// Leaves out what both sides of a replacement begin and end with, if that is most of it: a letter added to a word
/// leaves the word in place, while a word for another stays whole.
fn refine(start: usize, replaced: &str, by: &str) -> Edit {
    let old: Vec<&str> = replaced.graphemes(true).collect();
    let new: Vec<&str> = by.graphemes(true).collect();
    let shorter = old.len().min(new.len());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count().min(shorter - head);
    let kept = head + tail;
    let (head, tail) = if kept == shorter || kept * 2 >= shorter {
        (head, tail)
    } else {
        (0, 0)
    };
    let middle = |all: &[&str]| all.get(head..all.len() - tail).unwrap_or_default().concat();
    let start = start
        + old
            .iter()
            .take(head)
            .map(|it| it.encode_utf16().count())
            .sum::<usize>();
    Edit {
        start,
        end: start + middle(&old).encode_utf16().count(),
        insert: middle(&new),
    }
}

/// A part of a text while splices are followed: of the first text, or new.
#[derive(Clone, Debug)]
enum Piece {
    Base(usize, usize),
    New(Vec<u16>),
}

impl Piece {
    fn length(&self) -> usize {
        match self {
            Self::Base(start, end) => end - start,
            Self::New(units) => units.len(),
        }
    }

    fn cut(self, at: usize) -> (Self, Self) {
        match self {
            Self::Base(start, end) => (Self::Base(start, start + at), Self::Base(start + at, end)),
            Self::New(mut units) => {
                let rest = units.split_off(at.min(units.len()));
                (Self::New(units), Self::New(rest))
            }
        }
    }
}

/// The pieces before and after a place. None if it is outside.
fn cut(pieces: Vec<Piece>, at: usize) -> Option<(Vec<Piece>, Vec<Piece>)> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut left = at;
    for piece in pieces {
        let length = piece.length();
        if left >= length {
            left -= length;
            before.push(piece);
        } else if left == 0 {
            after.push(piece);
        } else {
            let (head, tail) = piece.cut(left);
            left = 0;
            before.push(head);
            after.push(tail);
        }
    }
    (left == 0).then_some((before, after))
}

fn spliced(pieces: Vec<Piece>, splice: &Splice) -> Option<Vec<Piece>> {
    let (mut before, after) = cut(pieces, usize::try_from(splice.at).ok()?)?;
    let (_, after) = cut(after, usize::try_from(splice.delete).ok()?)?;
    if units(&splice.insert) > 0 {
        before.push(Piece::New(splice.insert.encode_utf16().collect()));
    }
    before.extend(after);
    Some(before)
}

fn edits_of(pieces: &[Piece], length: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    let mut new: Vec<u16> = Vec::new();
    let end = Piece::Base(length, length);
    for piece in pieces.iter().chain([&end]) {
        match piece {
            Piece::New(units) => new.extend(units),
            Piece::Base(start, end) => {
                if *start > at || !new.is_empty() {
                    edits.push(Edit {
                        start: at,
                        end: *start,
                        insert: String::from_utf16_lossy(&std::mem::take(&mut new)),
                    });
                }
                at = *end;
            }
        }
    }
    edits
}
