//! Whatever is typed at once, nobody's words are lost and no grapheme is cut.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn check(base: &str, own: &str, now: &str, expected: &str) {
    let rebased = rebase(base, own, now);
    assert_eq!(rebased.own, expected, "{base:?} {own:?} {now:?}");
    assert_eq!(apply(now, &rebased.splices).as_deref(), Some(expected));
}

#[test]
fn both_people_s_words_stay() {
    check("hej", "hej där", "åh hej", "åh hej där");
    check("", "mina ord", "dina ord ", "dina ord mina ord");
    check("a b c", "a X b c", "a b Y c", "a X b Y c");
    check("katt", "katter", "en katt", "en katter");
    // Both put a word in the place of one: both are read.
    check("en hund", "en katt", "en häst", "en hästkatt");
}

#[test]
fn what_either_deletes_is_gone_once() {
    check("a b c", "a c", "a b c d", "a c d");
    check("ett två tre", "ett tre", "ett tre", "ett tre");
    check("ett två tre", "ett ", "två tre", "");
}

#[test]
fn a_word_typed_where_another_deletes_stays_whole() {
    check("foo bar", "foo baz bar", "foo ", "foo baz ");
}

#[test]
fn a_word_that_one_deletes_is_found_behind_what_another_rewrote() {
    check("fem åtta é 👍🏽", "fem åtta é", "fem 👍🏽 z7z", "fem  z7z");
}

#[test]
fn graphemes_are_not_cut() {
    check("👩‍👩‍👧", "👩‍👩‍👧 hej", "👨‍👩‍👧", "👨‍👩‍👧 hej");
    check("e", "e\u{301}", "e!", "e\u{301}!");
    check("å", "åä", "öå", "öåä");
    check("🇸🇪", "🇸🇪🇩🇰", "🇳🇴🇸🇪", "🇳🇴🇸🇪🇩🇰");
}

#[test]
fn a_caret_stays_behind_its_character() {
    let rebased = rebase("hej", "hej där", "åh hej");
    assert_eq!(rebased.caret(0), 0);
    assert_eq!(rebased.caret(3), 6);
    assert_eq!(rebased.caret(7), 10);
    let gone = rebase("ett två tre", "ett två tre!", "ett tre");
    assert_eq!(gone.own, "ett tre!");
    assert_eq!(gone.caret(6), 4);
    assert_eq!(gone.caret(12), 8);
}

#[test]
fn positions_snap_to_graphemes() {
    assert_eq!(snap("a👩‍👩‍👧b", 4), 1);
    assert_eq!(snap("a👩‍👩‍👧b", 9), 9);
    assert_eq!(snap("e\u{301}x", 1), 0);
    assert_eq!(snap("kort", 99), 4);
}

#[test]
fn splices_outside_a_text_are_told() {
    let splice = |at, delete| Splice {
        at,
        delete,
        insert: String::new(),
    };
    assert_eq!(apply("abc", &[splice(2, 2)]), None);
    assert_eq!(apply("👩", &[splice(0, 1)]), None);
    assert!(rebase_over("abc", "abc", &[splice(4, 0)]).is_none());
}

#[test]
fn texts_of_full_length_that_share_nothing_are_merged_soon() {
    let one: String = (0..5000).map(|n| format!("a{n} ")).collect();
    let other: String = (0..5000).map(|n| format!("b{n} ")).collect();
    let rebased = rebase("", &one, &other);
    assert_eq!(rebased.own, format!("{other}{one}"));
    assert_eq!(rebase(&one, &other, &one).own, other);
}

const WORDS: [&str; 14] = [
    "hej",
    "å",
    "ä",
    "öppet",
    "möte",
    "👩‍👩‍👧",
    "🇸🇪",
    "e\u{301}t",
    "katt",
    "katter",
    " ",
    " ",
    "\n",
    "👍🏽",
];

fn text() -> impl Strategy<Value = String> {
    let words = proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..14);
    words.prop_map(|words| words.concat())
}

/// What is done to each word of a base: kept, deleted, or something put before or after it.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Keep,
    Delete,
    Before,
    After,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => Just(Deed::Keep),
        1 => Just(Deed::Delete),
        1 => Just(Deed::Before),
        1 => Just(Deed::After),
    ];
    proptest::collection::vec(deed, 8)
}

const BASE: [&str; 8] = ["ett", "två", "tre", "fyra", "fem", "åtta", "é", "👍🏽"];

/// The base after some deeds, and the words put in, each marked with who wrote it.
fn written(deeds: &[Deed], who: char) -> (String, Vec<String>) {
    let mut words: Vec<String> = Vec::new();
    let mut new = Vec::new();
    for (at, (word, deed)) in BASE.iter().zip(deeds).enumerate() {
        let own = format!("{who}{at}{who}");
        match deed {
            Deed::Keep => words.push((*word).to_owned()),
            Deed::Delete => {}
            Deed::Before => words.extend([own.clone(), (*word).to_owned()]),
            Deed::After => words.extend([(*word).to_owned(), own.clone()]),
        }
        if matches!(deed, Deed::Before | Deed::After) {
            new.push(own);
        }
    }
    (words.join(" "), new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_word_that_anybody_wrote_survives(mine in deeds(), theirs in deeds()) {
        let base = BASE.join(" ");
        let (own, my_words) = written(&mine, 'x');
        let (now, their_words) = written(&theirs, 'z');
        let rebased = rebase(&base, &own, &now);
        for word in my_words.iter().chain(&their_words) {
            prop_assert_eq!(rebased.own.matches(word.as_str()).count(), 1, "{} in {:?}", word, rebased.own);
        }
        for (at, word) in BASE.iter().enumerate() {
            let deleted = matches!(mine[at], Deed::Delete) || matches!(theirs[at], Deed::Delete);
            prop_assert_eq!(rebased.own.contains(word), !deleted, "{} in {:?}", word, rebased.own);
        }
    }

    #[test]
    fn splices_lead_from_now_to_own(base in text(), own in text(), now in text()) {
        let rebased = rebase(&base, &own, &now);
        prop_assert_eq!(apply(&now, &rebased.splices), Some(rebased.own));
    }

    #[test]
    fn without_others_a_draft_is_itself(base in text(), own in text()) {
        prop_assert_eq!(&rebase(&base, &own, &base).own, &own);
        prop_assert_eq!(apply(&base, &difference(&base, &own)), Some(own));
    }

    #[test]
    fn without_edits_the_others_text_stands(base in text(), now in text()) {
        let rebased = rebase(&base, &base, &now);
        prop_assert_eq!(&rebased.own, &now);
        prop_assert!(rebased.splices.is_empty());
    }

    #[test]
    fn a_draft_that_was_committed_is_not_written_again(base in text(), own in text()) {
        let rebased = rebase(&base, &own, &own);
        prop_assert_eq!(&rebased.own, &own);
        prop_assert!(rebased.splices.is_empty());
    }

    #[test]
    fn exact_splices_do_what_a_comparison_does(base in text(), own in text(), now in text()) {
        let splices = difference(&base, &now);
        let exact = rebase_over(&base, &own, &splices).unwrap();
        prop_assert_eq!(&exact.own, &rebase(&base, &own, &now).own);
        prop_assert_eq!(apply(&now, &exact.splices), Some(exact.own));
    }

    #[test]
    fn carets_rise_and_stay_in_the_text(base in text(), own in text(), now in text()) {
        let rebased = rebase(&base, &own, &now);
        let carets: Vec<u32> = (0..=units(&own)).map(|at| rebased.caret(at)).collect();
        prop_assert!(carets.is_sorted());
        prop_assert!(carets.last() <= Some(&units(&rebased.own)));
    }

    #[test]
    fn nothing_that_stays_loses_a_part_of_a_grapheme(base in text(), own in text()) {
        let boundaries = |text: &str| -> Vec<u32> {
            let mut at = 0;
            let ends = text.graphemes(true).map(|it| { at += units(it); at });
            std::iter::once(0).chain(ends.collect::<Vec<_>>()).collect()
        };
        let mut text = base;
        for splice in difference(&text, &own) {
            let ends = boundaries(&text);
            prop_assert!(ends.contains(&splice.at), "{:?} in {:?}", splice, text);
            text = apply(&text, &[splice]).unwrap();
        }
    }
}
