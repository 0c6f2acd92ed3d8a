//! Every word is there in every language, and none is written anywhere else.

use std::path::{Path, PathBuf};

use super::{LANGUAGES, Words, words};

/// The plain words of a language, in the order of the struct.
fn plain(words: &Words) -> Vec<String> {
    let debug = format!("{words:?}");
    let mut quoted = debug.split('"').skip(1);
    let mut found = Vec::new();
    while let Some(word) = quoted.next() {
        found.push(word.to_owned());
        quoted.next();
    }
    found
}

#[test]
fn every_language_says_everything() {
    let [sv, da, en] = LANGUAGES.map(|(language, _, _)| plain(words(language)));
    assert!(sv.len() > 120, "{}", sv.len());
    assert_eq!((sv.len(), da.len()), (da.len(), en.len()));
    for word in sv.iter().chain(&da).chain(&en) {
        assert!(!word.trim().is_empty());
        assert_eq!(word.trim(), word);
    }
}

#[test]
fn no_sentence_was_left_in_another_language() {
    let [sv, da, en] = LANGUAGES.map(|(language, _, _)| plain(words(language)));
    for ((sv, da), en) in sv.iter().zip(&da).zip(&en) {
        if sv.split(' ').count() > 2 {
            assert_ne!(sv, en);
            assert_ne!(sv, da);
            assert_ne!(da, en);
        }
    }
}

#[test]
fn numbers_are_said_as_people_say_them() {
    for (language, one, many) in [
        (LANGUAGES[0].0, "1 ändring ", "12 ändringar "),
        (LANGUAGES[1].0, "1 ændring ", "12 ændringer "),
        (LANGUAGES[2].0, "1 change ", "12 changes "),
    ] {
        assert!((words(language).only_here)(1).starts_with(one));
        assert!((words(language).only_here)(12).starts_with(many));
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// A literal that a person would read: a word with a capital or a letter that only words have, or a text that stands
/// alone in a view. Names of keys, and the names of events and roles, are not said to anyone.
fn is_said(before: &str, literal: &str) -> bool {
    const KEYS: [&str; 11] = [
        "Home",
        "End",
        "Enter",
        "Escape",
        "Delete",
        "Backspace",
        "ArrowLeft",
        "ArrowRight",
        "ArrowUp",
        "ArrowDown",
        "ContextMenu",
    ];
    let mut letters = literal.chars();
    let first = letters.next().is_some_and(char::is_uppercase);
    let word = first && letters.next().is_some_and(char::is_lowercase);
    let foreign = literal.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    let child = before.trim_end().ends_with('>') && !before.trim_end().ends_with("=>");
    let letters = literal.chars().any(char::is_alphabetic);
    !KEYS.contains(&literal) && (word || foreign || (child && letters && !literal.contains('{')))
}

#[test]
fn no_component_says_a_word_of_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
    let mut seen = 0;
    for path in sources(&folder) {
        let source = std::fs::read_to_string(&path).unwrap();
        for line in source.lines() {
            let code = line.trim_start();
            if code.starts_with("//") || code.contains("reason =") {
                continue;
            }
            let pieces: Vec<&str> = code.split('"').collect();
            for pair in pieces.chunks(2) {
                let [before, literal] = pair else { continue };
                seen += 1;
                assert!(!is_said(before, literal), "{}: {line}", path.display());
            }
        }
    }
    assert!(seen > 300, "only {seen} literals were looked at");
}

#[test]
fn the_watch_over_components_sees_a_word() {
    assert!(is_said("<p>", "spara"));
    assert!(is_said("title = ", "Spara som fil"));
    assert!(is_said("aria-label=", "ångra"));
    assert!(!is_said("class=", "note paper"));
    assert!(!is_said("", "Enter"));
}
