//! What reads a stranger's bytes, without a fuzzer: every file that one has found, and some thousand seeded mutations.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use samsyn_tests::fuzz::{TARGETS, Taken, Target, mutation, seeds};

fn folder(kind: &str, target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(kind)
        .join(target.name)
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

/// The corpus of a target without doubles: what code makes, then what the fuzzer found.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let found = files(&folder("corpus", target)).into_iter();
    let mut all = seeds::of(target.name);
    all.extend(found.map(|(_, bytes)| bytes));
    let mut seen = BTreeSet::new();
    all.retain(|input| seen.insert(seeds::name(input)));
    all
}

/// Every seed is what its target is for; else the mutations would start nowhere.
#[test]
fn seeds_are_taken() {
    let mut refused = Vec::new();
    for target in TARGETS {
        let seeds = seeds::of(target.name);
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        for seed in seeds {
            let name = seeds::name(&seed);
            assert!(
                seed.len() <= target.longest,
                "{} {name} is too long",
                target.name
            );
            if target.check(&seed) == Taken::No {
                refused.push(format!("{} {name}", target.name));
            }
        }
    }
    assert!(refused.is_empty(), "not taken: {refused:?}");
}

/// What broke something once, and what reached furthest.
#[test]
fn what_the_fuzzer_found_does_no_harm() {
    for target in TARGETS {
        for kind in ["crashers", "corpus"] {
            for (path, bytes) in files(&folder(kind, target)) {
                println!("{}", path.display());
                target.check(&bytes);
            }
        }
    }
}

#[test]
fn mutations_do_no_harm() {
    let next = AtomicUsize::new(0);
    let some = || {
        while let Some(target) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
            mutated(target);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(some);
        some();
    });
}

/// `SAMSYN_FUZZ=100000` makes it so many for every target.
fn count(target: &Target) -> u64 {
    let asked = std::env::var("SAMSYN_FUZZ").ok();
    let asked = asked.and_then(|text| text.parse().ok());
    asked.unwrap_or(target.mutations)
}

fn mutated(target: &Target) {
    let corpus = corpus(target);
    let start = Instant::now();
    let count = count(target);
    for done in 0..count {
        let input = mutation::input(done, &corpus, target.longest);
        if let Err(panic) = catch_unwind(|| target.check(&input)) {
            let name = format!("mutation-{done}");
            let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
            println!(
                "\ntarget {}, seed {done}, input {hex}\nTo keep it:\n  mkdir -p {dir}\n  echo {hex} | xxd -r -p > {dir}/{name}\n",
                target.name,
                dir = folder("crashers", target).display(),
            );
            std::panic::resume_unwind(panic);
        }
    }
    println!(
        "{}: {} mutations of {} inputs in {:?}",
        target.name,
        count,
        corpus.len(),
        start.elapsed()
    );
}

/// `cargo test --workspace --test fuzz write_seeds -- --ignored` writes the seeds where the fuzzer looks for them.
#[test]
#[ignore = "writes files"]
fn write_seeds() {
    for target in TARGETS {
        let folder = folder("corpus", target);
        fs::create_dir_all(&folder).unwrap();
        for (path, _) in files(&folder) {
            let name = path.file_name().unwrap().to_string_lossy();
            if name.starts_with("seed-") {
                fs::remove_file(&path).unwrap();
            }
        }
        for seed in seeds::of(target.name) {
            fs::write(folder.join(seeds::name(&seed)), &seed).unwrap();
        }
    }
}
