//! Notes that say the same or nearly the same: suggestions, which nothing is done about by itself.
//!
//! Method: the Dice coefficient of two texts' sets of letter triples. Texts that are alike share one of their rarest
//! triples (prefix filtering: Bayardo, Ma and Srikant, “Scaling up all pairs similarity search”, 2007), so only those
//! that do are compared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ids::NoteId;

/// How alike two texts must be, in per cent.
const ALIKE: usize = 75;
/// Shorter texts, in letters, are alike only if they are equal.
const SHORT: usize = 6;

/// Three letters.
type Triple = [char; 3];

/// A note's triples, the rarest first.
struct Words {
    id: NoteId,
    triples: Vec<(u32, Triple)>,
    is_short: bool,
}

/// Piles of notes of which at least one is `new`; each in the order of ids.
pub(super) fn piles(notes: &[(NoteId, &str)], new: &BTreeSet<NoteId>) -> Vec<Vec<NoteId>> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut plain_words: Vec<(NoteId, String)> = Vec::new();
    let mut equal = Vec::new();
    for (id, text) in notes {
        let text = plain(text);
        if text.is_empty() {
            continue;
        }
        let at = plain_words.len();
        equal.push(*first.entry(text.clone()).or_insert(at));
        plain_words.push((*id, text));
    }
    let mut together = Together::new(plain_words.len());
    for (at, same) in equal.iter().enumerate() {
        together.join(at, *same);
    }
    let words = rarest_first(&plain_words);
    let mut is_new = vec![false; words.len()];
    for (own, same) in words.iter().zip(&equal) {
        if let Some(it) = is_new.get_mut(*same) {
            *it |= new.contains(&own.id);
        }
    }
    let is_new = |at: usize| is_new.get(at) == Some(&true);
    // Those of one pile are together, under one of them: where all are alike, a note is compared with one and not with all.
    let mut index: HashMap<Triple, BTreeMap<usize, Vec<usize>>> = HashMap::new();
    let mut compared = vec![None; words.len()];
    for (at, own) in words.iter().enumerate() {
        // One of several that are equal stands for all of them.
        if own.is_short || equal.get(at) != Some(&at) {
            continue;
        }
        for (_, triple) in own.prefix() {
            for (pile, known) in index.get(triple).into_iter().flatten() {
                if together.root(*pile) == together.root(at) {
                    continue;
                }
                let is_alike = |other: &usize| {
                    let last = compared.get_mut(*other).and_then(|it| it.replace(at));
                    last != Some(at)
                        && (is_new(at) || is_new(*other))
                        && words.get(*other).is_some_and(|it| own.is_like(it))
                };
                if let Some(other) = known.iter().copied().find(is_alike) {
                    together.join(at, other);
                }
            }
        }
        for (_, triple) in own.prefix() {
            let piles = index.entry(*triple).or_default();
            piles.entry(together.root(at)).or_default().push(at);
        }
    }
    let mut piles: BTreeMap<usize, Vec<NoteId>> = BTreeMap::new();
    for (at, own) in words.iter().enumerate() {
        piles.entry(together.root(at)).or_default().push(own.id);
    }
    let mut piles: Vec<Vec<NoteId>> = piles.into_values().collect();
    piles.retain(|it| it.len() > 1 && it.iter().any(|id| new.contains(id)));
    piles.iter_mut().for_each(|it| it.sort_unstable());
    piles.sort_unstable();
    piles
}

fn rarest_first(words: &[(NoteId, String)]) -> Vec<Words> {
    let triples: Vec<BTreeSet<Triple>> = words.iter().map(|(_, it)| triples(it)).collect();
    let mut common: HashMap<Triple, u32> = HashMap::new();
    for triple in triples.iter().flatten() {
        *common.entry(*triple).or_default() += 1;
    }
    let all = words.iter().zip(triples);
    all.map(|((id, text), triples)| {
        let triples = triples.into_iter();
        let mut triples: Vec<(u32, Triple)> = triples
            .map(|it| (common.get(&it).copied().unwrap_or_default(), it))
            .collect();
        triples.sort_unstable();
        Words {
            id: *id,
            triples,
            is_short: text.chars().count() < SHORT,
        }
    })
    .collect()
}

impl Words {
    /// As many of the rarest as anything alike must share one of. If two sets of `a` and `b` triples share a part
    /// `t` of their mean size, they share at least `t / (2 - t) * a`.
    fn prefix(&self) -> &[(u32, Triple)] {
        let count = self.triples.len();
        let shared = (count * ALIKE).div_ceil(200 - ALIKE);
        self.triples.get(..=count - shared).unwrap_or(&self.triples)
    }

    fn is_like(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.triples.as_slice(), other.triples.as_slice());
        let needed = ((a.len() + b.len()) * ALIKE).div_ceil(200);
        let mut shared = 0;
        while let ([first, rest_a @ ..], [second, rest_b @ ..]) = (a, b) {
            match first.cmp(second) {
                std::cmp::Ordering::Less => a = rest_a,
                std::cmp::Ordering::Greater => b = rest_b,
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    (a, b) = (rest_a, rest_b);
                }
            }
        }
        shared >= needed
    }
}

/// Lower case, letters and digits only, one space between words.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|it: char| !it.is_alphanumeric());
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    words.join(" ")
}

fn triples(text: &str) -> BTreeSet<Triple> {
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

    /// Whether two texts are alike, said without an index.
    fn are_alike(a: &str, b: &str) -> bool {
        let (a, b) = (plain(a), plain(b));
        let (of_a, of_b) = (triples(&a), triples(&b));
        let is_long = a.chars().count() >= SHORT && b.chars().count() >= SHORT;
        let shared = of_a.intersection(&of_b).count();
        a == b || is_long && shared * 200 >= (of_a.len() + of_b.len()) * ALIKE
    }

    proptest::proptest! {
        #[test]
        fn piles_are_what_comparing_each_with_each_finds(
            texts in proptest::collection::vec("([abc] ?){4,12}", 0..20),
            new in proptest::collection::btree_set(0_u8..20, 0..20),
        ) {
            let ids = (0..20).map(|it| NoteId([it; 16]));
            let notes: Vec<(NoteId, &str)> = ids.zip(texts.iter().map(String::as_str)).collect();
            let new: BTreeSet<NoteId> = new.into_iter().map(|it| NoteId([it; 16])).collect();
            let mut together = Together::new(notes.len());
            for (a, (id_a, text_a)) in notes.iter().enumerate() {
                for (b, (id_b, text_b)) in notes.iter().enumerate().take(a) {
                    let counts = new.contains(id_a) || new.contains(id_b) || plain(text_a) == plain(text_b);
                    if counts && are_alike(text_a, text_b) {
                        together.join(a, b);
                    }
                }
            }
            let mut expected: BTreeMap<usize, Vec<NoteId>> = BTreeMap::new();
            for (at, (id, _)) in notes.iter().enumerate() {
                expected.entry(together.root(at)).or_default().push(*id);
            }
            let mut expected: Vec<Vec<NoteId>> = expected.into_values().collect();
            expected.retain(|it| it.len() > 1 && it.iter().any(|id| new.contains(id)));
            expected.sort_unstable();
            proptest::prop_assert_eq!(piles(&notes, &new), expected);
        }
    }
}
