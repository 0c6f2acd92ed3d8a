//! What a keystroke did to a field, told from the texts before and after it and from where the caret then is.

use unicode_segmentation::UnicodeSegmentation;

use crate::board::Splice;

/// The smallest replacement that led from `old` to `new`, where `caret` is where the caret stands in `new`.
///
/// Two texts alone cannot tell which of two equal letters is new, and beside somebody else's letters it matters. But
/// whatever is typed, pasted or deleted, the caret ends right behind it: what follows it was there before. Where that
/// cannot be (something was dragged, say), only the texts are compared. All numbers are UTF-16 code units, and no
/// grapheme of either text is cut.
#[must_use]
pub fn edit_at_caret(old: &str, new: &str, caret: u32) -> Splice {
    let before: Vec<u16> = old.encode_utf16().collect();
    let after: Vec<u16> = new.encode_utf16().collect();
    let shorter = before.len().min(after.len());
    let same_end = before.iter().rev().zip(after.iter().rev());
    let same_end = same_end.take_while(|(a, b)| a == b).count();
    let same_start = before.iter().zip(&after);
    let same_start = same_start.take_while(|(a, b)| a == b).count();
    // Only where beginning and end overlap is there a choice, and there the caret makes it.
    let behind = usize::try_from(caret)
        .ok()
        .and_then(|caret| after.len().checked_sub(caret))
        .filter(|behind| *behind <= same_end)
        .unwrap_or_default();
    let start = same_start.min(shorter - behind);
    let end = same_end.min(shorter - start);
    let (was, is) = (boundaries(old), boundaries(new));
    let start = common_at_or_before(start, &was, &is);
    // Counted from the end, the same holds for the other side.
    let mirrored = |bounds: &[usize], length: usize| -> Vec<usize> {
        bounds.iter().rev().map(|at| length - at).collect()
    };
    let was = mirrored(&was, before.len());
    let is = mirrored(&is, after.len());
    let end = common_at_or_before(end, &was, &is);
    let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    let insert = after.get(start..after.len() - end).unwrap_or_default();
    Splice {
        at: number(start),
        delete: number(before.len().saturating_sub(start + end)),
        insert: String::from_utf16_lossy(insert),
    }
}

/// Where graphemes begin and end, in UTF-16 code units, ascending.
fn boundaries(text: &str) -> Vec<usize> {
    let mut at = 0;
    let mut all = vec![0];
    all.extend(text.graphemes(true).map(|it| {
        at += it.encode_utf16().count();
        at
    }));
    all
}

/// The highest number up to `at` that is in both ascending lists; 0 is.
fn common_at_or_before(at: usize, one: &[usize], other: &[usize]) -> usize {
    let upto = one.partition_point(|it| *it <= at);
    let upto = one.get(..upto).unwrap_or_default().iter().rev();
    upto.copied()
        .find(|it| other.binary_search(it).is_ok())
        .unwrap_or_default()
}
