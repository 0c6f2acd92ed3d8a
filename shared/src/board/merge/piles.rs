//! Notes that say the same or nearly the same: suggestions, which nothing is done about by itself.
//!
//! Method: the Dice coefficient of two texts' sets of letter triples, over an index from triple to notes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ids::NoteId;

/// How alike two texts must be, in per cent.
const ALIKE: usize = 75;
/// Shorter texts, in letters, are alike only if they are equal.
const SHORT: usize = 6;

/// Piles of notes of which at least one is `new`; each in the order of ids.
pub(super) fn piles(notes: &[(NoteId, &str)], new: &BTreeSet<NoteId>) -> Vec<Vec<NoteId>> {
    let words: Vec<(NoteId, String)> = notes
        .iter()
        .map(|(id, text)| (*id, plain(text)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let triples: Vec<BTreeSet<[char; 3]>> = words.iter().map(|(_, it)| triples(it)).collect();
    let mut index: HashMap<[char; 3], Vec<usize>> = HashMap::new();
    let mut equal: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, ((_, text), triples)) in words.iter().zip(&triples).enumerate() {
        equal.entry(text).or_default().push(at);
        for triple in triples {
            index.entry(*triple).or_default().push(at);
        }
    }
    let mut together = Together::new(words.len());
    for same in equal.values() {
        for pair in same.windows(2) {
            if let [a, b] = pair {
                together.join(*a, *b);
            }
        }
    }
    for (at, ((id, text), own)) in words.iter().zip(&triples).enumerate() {
        if !new.contains(id) || text.chars().count() < SHORT {
            continue;
        }
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for other in own.iter().filter_map(|it| index.get(it)).flatten() {
            *shared.entry(*other).or_default() += 1;
        }
        for (other, shared) in shared {
            let theirs = triples.get(other).map_or(0, BTreeSet::len);
            if other != at && 200 * shared >= ALIKE * (own.len() + theirs) {
                together.join(at, other);
            }
        }
    }
    let mut piles: BTreeMap<usize, Vec<NoteId>> = BTreeMap::new();
    for (at, (id, _)) in words.iter().enumerate() {
        piles.entry(together.root(at)).or_default().push(*id);
    }
    let mut piles: Vec<Vec<NoteId>> = piles.into_values().collect();
    piles.retain(|it| it.len() > 1 && it.iter().any(|id| new.contains(id)));
    piles.iter_mut().for_each(|it| it.sort_unstable());
    piles.sort_unstable();
    piles
}

/// Lower case, letters and digits only, one space between words.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|it: char| !it.is_alphanumeric());
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    words.join(" ")
}

fn triples(text: &str) -> BTreeSet<[char; 3]> {
    let letters: Vec<char> = [' '].into_iter().chain(text.chars()).chain([' ']).collect();
    letters.array_windows::<3>().copied().collect()
}

/// Sets that grow together (union-find).
struct Together(Vec<usize>);

impl Together {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&self, mut at: usize) -> usize {
        while let Some(next) = self.0.get(at).filter(|next| **next != at) {
            at = *next;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(it) = self.0.get_mut(a.max(b)) {
            *it = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn equal_and_nearly_equal_notes_are_one_pile_and_others_none() {
        let texts = [
            "Vi håller tiden",
            "vi håller  tiden!",
            "Vi håller tiderna",
            "Fler medarbetare i hemtjänsten",
            "Färre medarbetare i skolan",
            "Ja",
            "Jo",
            "",
            "",
        ];
        let notes: Vec<(NoteId, &str)> = (0..).map(|it| NoteId([it; 16])).zip(texts).collect();
        let id = |it: u8| NoteId([it; 16]);
        let all: BTreeSet<NoteId> = notes.iter().map(|it| it.0).collect();
        assert_eq!(piles(&notes, &all), [vec![id(0), id(1), id(2)]]);
        assert_eq!(piles(&notes, &[id(2)].into()), [vec![id(0), id(1), id(2)]]);
        assert_eq!(piles(&notes, &[id(4)].into()), [] as [Vec<NoteId>; 0]);
    }
}
