//! Seeded mutations: what the short test does in place of a fuzzer that sees which code ran.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Values at which lengths and counters break.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x40, 0xa0];

/// The input with that number; the same for the same corpus.
#[must_use]
pub fn input(seed: u64, corpus: &[Vec<u8>], longest: usize) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut bytes = one_of(&mut rng, corpus);
    for _ in 0..=below(&mut rng, 6) {
        mutate(&mut rng, &mut bytes, corpus);
    }
    bytes.truncate(longest);
    bytes
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(rng.next_u32()).unwrap_or(0) % end.max(1)
}

fn one_of(rng: &mut ChaCha8Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    corpus
        .get(below(rng, corpus.len()))
        .cloned()
        .unwrap_or_default()
}

fn byte(rng: &mut ChaCha8Rng) -> u8 {
    let edge = below(rng, 2 * EDGES.len());
    let any = u8::try_from(rng.next_u32() & 0xff).unwrap_or_default();
    EDGES.get(edge).copied().unwrap_or(any)
}

/// A piece of the bytes, mostly short.
fn piece(rng: &mut ChaCha8Rng, length: usize) -> std::ops::Range<usize> {
    let start = below(rng, length + 1);
    let most = if below(rng, 4) == 0 {
        length - start
    } else {
        8.min(length - start)
    };
    start..start + below(rng, most + 1)
}

fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = below(rng, bytes.len());
    match below(rng, 9) {
        0 | 1 => {
            if let Some(it) = bytes.get_mut(at) {
                *it ^= 1 << below(rng, 8);
            }
        }
        2 | 3 => {
            let new = byte(rng);
            if let Some(it) = bytes.get_mut(at) {
                *it = new;
            }
        }
        4 => bytes.insert(at, byte(rng)),
        5 => drop(bytes.drain(piece(rng, bytes.len()))),
        6 => {
            let again = bytes.get(piece(rng, bytes.len())).map(<[u8]>::to_vec);
            bytes.splice(at..at, again.unwrap_or_default());
        }
        7 => {
            let other = one_of(rng, corpus);
            let new = other.get(piece(rng, other.len())).map(<[u8]>::to_vec);
            let over = piece(rng, bytes.len());
            bytes.splice(over, new.unwrap_or_default());
        }
        _ => bytes.truncate(at),
    }
}
