//! Decoders under random damage, the same each time; and every input that once crashed one.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_tests::fuzz::{TARGETS, Target, told};

/// Damaged inputs of each target; `SAMSYN_FUZZ=100000` makes it so many.
const INPUTS: u64 = 1_000;

fn folder(kind: &str, target: &str) -> PathBuf {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    fuzz.join(kind).join(target)
}

fn files(kind: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder(kind, target)) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.clone(), fs::read(path).ok()?))
        })
        .collect();
    files.sort();
    files
}

/// Where it was, if it does not hold.
fn fails(target: &Target, data: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (target.run)(data))).is_err()
}

#[test]
fn what_once_crashed_a_decoder_and_what_is_valid_does_not() {
    let mut bad = Vec::new();
    for target in &TARGETS {
        let kept = [files("corpus", target.name), files("crashers", target.name)].concat();
        for (path, data) in kept {
            if fails(target, &data) {
                bad.push(path);
            }
        }
        for seed in (target.seeds)() {
            assert!(!fails(target, &seed), "a seed of {}", target.name);
        }
        assert!(!(target.seeds)().is_empty(), "{} has no seed", target.name);
    }
    assert_eq!(bad, Vec::<PathBuf>::new());
}

#[test]
fn damage_anywhere_is_an_error_and_never_a_panic() {
    let inputs = std::env::var("SAMSYN_FUZZ").ok();
    let inputs = inputs.and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    for target in &TARGETS {
        let mut seeds = (target.seeds)();
        seeds.extend(
            files("corpus", target.name)
                .into_iter()
                .map(|(_, data)| data),
        );
        let mut rng = ChaCha8Rng::seed_from_u64(target.name.len() as u64);
        for number in 0..inputs {
            let data = damaged(&mut rng, &seeds);
            if fails(target, &data) {
                let path = std::env::temp_dir().join(format!("{}-{number}", target.name));
                let _ = fs::write(&path, &data);
                #[allow(clippy::panic, reason = "a person needs to know where the input is")]
                {
                    panic!(
                        "{}, input {number} ({}): it is in {}; once that is mended, keep it in {}",
                        target.name,
                        told(target.name, &data),
                        path.display(),
                        folder("crashers", target.name).display()
                    );
                }
            }
        }
    }
}

/// The seeds are written once, for the fuzzer to start from: `cargo test --workspace --test fuzzing -- --ignored`.
#[test]
#[ignore = "writes the fuzzer's seeds"]
fn write_the_seeds() -> std::io::Result<()> {
    for target in &TARGETS {
        let folder = folder("corpus", target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    let random = usize::try_from(rng.next_u64() >> 1).unwrap_or(0);
    random % limit.max(1)
}

/// One of the seeds with one to eight injuries.
fn damaged(rng: &mut ChaCha8Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut data = seeds
        .get(below(rng, seeds.len()))
        .cloned()
        .unwrap_or_default();
    for _ in 0..=below(rng, 8) {
        let at = below(rng, data.len());
        let end = (at + 1 + below(rng, 16)).min(data.len());
        match below(rng, 8) {
            0 => data.truncate(at),
            1 => drop(data.drain(at..end)),
            2 => {
                let again: Vec<u8> = data.get(at..end).unwrap_or_default().to_vec();
                data.splice(at..at, again);
            }
            3 => {
                let other = seeds
                    .get(below(rng, seeds.len()))
                    .cloned()
                    .unwrap_or_default();
                let from = below(rng, other.len());
                data.truncate(at);
                data.extend(other.get(from..).unwrap_or_default());
            }
            4 => data.insert(
                at.min(data.len()),
                u8::try_from(rng.next_u32() % 256).unwrap_or(0),
            ),
            kind => {
                if let Some(byte) = data.get_mut(at) {
                    *byte = match kind {
                        5 => *byte ^ (1 << (rng.next_u32() % 8)),
                        6 => [0, 1, 0x7f, 0x80, 0xff]
                            .get(below(rng, 5))
                            .copied()
                            .unwrap_or(0),
                        _ => u8::try_from(rng.next_u32() % 256).unwrap_or(0),
                    };
                }
            }
        }
    }
    data
}
