//! Run-length columns of a change, expanded under a cap, and taken in the one form that automerge itself writes.
//!
//! Another form of the same values would hash differently once automerge has saved and loaded the document, and the
//! saved document could then not be opened: so it is refused here.

use super::ChunkError;
use super::bytes::Bytes;

/// What came before, because two runs that could have been one are not canonical.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Former {
    Nothing,
    Nulls,
    Repeat,
    Literal,
}

/// Expands a run-length column. An empty column is an empty list: automerge writes nothing where all is null.
pub(super) fn runs<'a, T: Clone + PartialEq>(
    column: &'a [u8],
    cap: usize,
    read: impl Fn(&mut Bytes<'a>) -> Result<T, ChunkError>,
) -> Result<Vec<Option<T>>, ChunkError> {
    let mut bytes = Bytes(column);
    let mut values: Vec<Option<T>> = Vec::new();
    let mut former = Former::Nothing;
    while !bytes.is_empty() {
        let count = bytes.signed()?;
        let length = if count == 0 {
            bytes.unsigned()?
        } else {
            count.unsigned_abs()
        };
        let total = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_add(values.len()))
            .filter(|total| *total <= cap)
            .ok_or(ChunkError::TooManyOperations)?;
        former = match count {
            0 => nulls(&mut values, former, total)?,
            1.. => repeat(&mut values, former, total, read(&mut bytes)?)?,
            _ => literal(&mut values, former, total, || read(&mut bytes))?,
        };
    }
    match former {
        Former::Nulls if values.iter().all(Option::is_none) => {
            Err(ChunkError::NotCanonical("column of nulls"))
        }
        Former::Nothing | Former::Nulls | Former::Repeat | Former::Literal => Ok(values),
    }
}

fn nulls<T: Clone>(
    values: &mut Vec<Option<T>>,
    former: Former,
    total: usize,
) -> Result<Former, ChunkError> {
    if former == Former::Nulls || total == values.len() {
        return Err(ChunkError::NotCanonical("run of nulls"));
    }
    values.resize(total, None);
    Ok(Former::Nulls)
}

fn repeat<T: Clone + PartialEq>(
    values: &mut Vec<Option<T>>,
    former: Former,
    total: usize,
    value: T,
) -> Result<Former, ChunkError> {
    let continues = former != Former::Nothing && values.last() == Some(&Some(value.clone()));
    if continues || total - values.len() < 2 {
        return Err(ChunkError::NotCanonical("run"));
    }
    values.resize(total, Some(value));
    Ok(Former::Repeat)
}

fn literal<T: PartialEq>(
    values: &mut Vec<Option<T>>,
    former: Former,
    total: usize,
    mut read: impl FnMut() -> Result<T, ChunkError>,
) -> Result<Former, ChunkError> {
    if former == Former::Literal {
        return Err(ChunkError::NotCanonical("literal run"));
    }
    while values.len() < total {
        let value = Some(read()?);
        if values.last() == Some(&value) {
            return Err(ChunkError::NotCanonical("literal run"));
        }
        values.push(value);
    }
    Ok(Former::Literal)
}

/// Expands a column of differences into the numbers themselves.
pub(super) fn differences(column: &[u8], cap: usize) -> Result<Vec<Option<u64>>, ChunkError> {
    let mut at = 0_i64;
    runs(column, cap, Bytes::signed)?
        .into_iter()
        .map(|difference| match difference {
            None => Ok(None),
            Some(difference) => {
                at = at
                    .checked_add(difference)
                    .ok_or(ChunkError::Malformed("number"))?;
                u64::try_from(at)
                    .map(Some)
                    .map_err(|_| ChunkError::Malformed("number"))
            }
        })
        .collect()
}

/// Expands a column of flags: lengths of alternating runs, the first of which are false.
pub(super) fn flags(column: &[u8], cap: usize) -> Result<Vec<bool>, ChunkError> {
    let mut bytes = Bytes(column);
    let mut values = Vec::new();
    let mut value = false;
    let mut first = true;
    while !bytes.is_empty() {
        let length = bytes.unsigned()?;
        if length == 0 && (!first || bytes.is_empty()) {
            return Err(ChunkError::NotCanonical("run of flags"));
        }
        let total = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_add(values.len()))
            .filter(|total| *total <= cap)
            .ok_or(ChunkError::TooManyOperations)?;
        values.resize(total, value);
        value = !value;
        first = false;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn numbers(column: &[u8]) -> Result<Vec<Option<u64>>, ChunkError> {
        runs(column, 100, Bytes::unsigned)
    }

    #[test]
    fn runs_literals_and_nulls_are_expanded() {
        let column = [2, 9, 0, 1, 0x7e, 1, 2];
        let expected = vec![Some(9), Some(9), None, Some(1), Some(2)];
        assert_eq!(numbers(&column), Ok(expected));
        assert_eq!(flags(&[0, 2, 1], 100), Ok(vec![true, true, false]));
        assert_eq!(
            differences(&[0x7e, 5, 0x7f], 100),
            Ok(vec![Some(5), Some(4)])
        );
    }

    #[test]
    fn a_run_over_the_cap_is_refused_before_it_is_expanded() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0x07, 1];
        assert_eq!(numbers(&huge), Err(ChunkError::TooManyOperations));
        assert_eq!(flags(&[101], 100), Err(ChunkError::TooManyOperations));
        let least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(numbers(&least), Err(ChunkError::TooManyOperations));
    }

    #[test]
    fn only_the_form_that_automerge_writes_is_taken() {
        let columns: [&[u8]; 8] = [
            &[1, 9],             // A run of one.
            &[2, 9, 2, 9],       // Two runs that are one.
            &[0x7f, 1, 0x7f, 2], // Two literal runs that are one.
            &[0x7e, 1, 1],       // A run hidden in a literal one.
            &[0x7f, 9, 2, 9],    // A run that began earlier.
            &[0, 1],             // Nothing but nulls.
            &[2, 9, 0, 1, 0, 1], // Two runs of nulls.
            &[2, 9, 0, 0],       // No nulls at all.
        ];
        for column in columns {
            assert!(
                matches!(numbers(column), Err(ChunkError::NotCanonical(_))),
                "{column:?}"
            );
        }
        assert!(flags(&[1, 0], 100).is_err());
        assert!(flags(&[0], 100).is_err());
    }
}
