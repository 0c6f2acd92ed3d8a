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
    let typed = |base, own| Typed {
        base,
        own,
        edits: &[],
    };
    assert!(typed("abc", "abc").over_splices(&[splice(4, 0)]).is_none());
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
        let exact = Typed { base: &base, own: &own, edits: &[] }.over_splices(&splices).unwrap();
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

/// Texts in which a comparison can hardly tell one letter from the next.
fn alike() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(vec!["a", " ", "a", " ", "👍🏽", "e\u{301}"]),
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

/// A place of a text between two graphemes, by a number.
fn place(text: &str, number: usize) -> usize {
    let places: Vec<usize> = text
        .grapheme_indices(true)
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    places[number % places.len()]
}

/// A text after somebody put `words` in the place of what lies between two places, and where their caret then is.
fn struck(old: &str, (from, to): (usize, usize), words: &str) -> (String, u32, Splice) {
    let (from, to) = (place(old, from), place(old, to));
    let (from, to) = (from.min(to), from.max(to));
    let (before, after) = (&old[..from], &old[to..]);
    let edit = Splice {
        at: units(before),
        delete: units(&old[from..to]),
        insert: words.to_owned(),
    };
    (
        format!("{before}{words}{after}"),
        units(before) + units(words),
        edit,
    )
}

#[test]
fn a_letter_is_where_the_caret_says_it_was_typed() {
    let edit = |old: &str, new: &str, caret| edit_at_caret(old, new, caret);
    let splice = |at, delete, insert: &str| Splice {
        at,
        delete,
        insert: insert.to_owned(),
    };
    assert_eq!(edit("Vi ses före", "Vi ses  före", 7), splice(6, 0, " "));
    assert_eq!(edit("Vi ses före", "Vi ses  före", 8), splice(7, 0, " "));
    assert_eq!(edit("aaa", "aa", 1), splice(1, 1, ""));
    assert_eq!(edit("aaa", "aa", 0), splice(0, 1, ""));
    assert_eq!(edit("", "hej", 3), splice(0, 0, "hej"));
    assert_eq!(edit("hej", "hej", 1), splice(1, 0, ""));
    // The caret says what cannot be, as after dragging: what both texts share stays.
    assert_eq!(edit("ett två", "två ett", 3), splice(0, 7, "två ett"));
    assert_eq!(edit("abc", "aXbc", 4), splice(1, 0, "X"));
    assert_eq!(edit("abc", "aXbc", 99), splice(1, 0, "X"));
    // Not half a grapheme: neither of a surrogate pair nor of a letter and its accent.
    assert_eq!(edit("😀", "😁", 2), splice(0, 2, "😁"));
    assert_eq!(edit("e", "e\u{301}", 2), splice(0, 1, "e\u{301}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_edit_at_the_caret_leads_to_the_new_text_and_cuts_no_grapheme(
        old in text(), new in text(), caret in 0_u32..60,
    ) {
        let edit = edit_at_caret(&old, &new, caret);
        prop_assert_eq!(snap(&old, edit.at), edit.at);
        prop_assert_eq!(snap(&old, edit.at + edit.delete), edit.at + edit.delete);
        prop_assert_eq!(apply(&old, &[edit]), Some(new));
    }

    /// Whatever is struck, the edit that is found lies within it; what is only put in or taken out is found exactly.
    #[test]
    fn what_follows_the_caret_was_there_before(
        old in alike(), at in (0_usize..20, 0_usize..20), words in "[a ]{0,3}",
    ) {
        let (new, caret, struck) = struck(&old, at, &words);
        let edit = edit_at_caret(&old, &new, caret);
        prop_assert_eq!(apply(&old, std::slice::from_ref(&edit)), Some(new));
        prop_assert!(edit.at >= struck.at);
        prop_assert!(edit.at + edit.delete <= struck.at + struck.delete);
        prop_assert!(edit.at + units(&edit.insert) <= caret);
        if words.is_empty() || struck.delete == 0 {
            // Nothing was replaced, so there is nothing that could be left out.
            prop_assert_eq!(&edit, &struck);
        }
    }

    /// Two people edit different parts of a text of letters that are all alike: each edit stays where it was made.
    #[test]
    fn known_edits_are_merged_where_they_were_made(
        left in alike(), right in alike(),
        mine in (0_usize..20, 0_usize..20), my_words in "[a ]{0,3}",
        theirs in (0_usize..20, 0_usize..20), their_words in "[a ]{0,3}",
    ) {
        let (my_side, _, my_edit) = struck(&left, mine, &my_words);
        let (their_side, _, mut their_edit) = struck(&right, theirs, &their_words);
        // A letter between them: where both put something in one place, their order is another matter.
        let (left, my_side) = (format!("{left}a"), format!("{my_side}a"));
        their_edit.at += units(&left);
        let base = format!("{left}{right}");
        let own = format!("{my_side}{right}");
        let edits = [my_edit];
        let typed = Typed { base: &base, own: &own, edits: &edits };
        let rebased = typed.over_splices(&[their_edit]).unwrap();
        prop_assert_eq!(rebased.own, format!("{my_side}{their_side}"));
        prop_assert_eq!(compacted(&left, &edits).and_then(|it| apply(&left, &it)), Some(my_side));
    }

    #[test]
    fn a_trace_leads_there_and_back(base in text(), own in text(), now in text(), later in text()) {
        let rebased = rebase(&base, &own, &now);
        let trace = &rebased.trace;
        let was: Vec<u16> = own.encode_utf16().collect();
        let is: Vec<u16> = rebased.own.encode_utf16().collect();
        for at in 1..=units(&own) {
            let there = trace.forward(at);
            // Behind the same character, unless that one is gone.
            if trace.back(there) == at {
                prop_assert_eq!(was[at as usize - 1], is[there as usize - 1]);
            } else {
                prop_assert!(trace.back(there) < at);
            }
        }
        let again = rebase(&now, &rebased.own, &later);
        let both = trace.then(&again.trace);
        for at in 1..=units(&own) {
            let there = trace.forward(at);
            let beyond = again.trace.forward(there);
            if trace.back(there) == at && again.trace.back(beyond) == there {
                prop_assert_eq!((both.forward(at), both.back(beyond)), (beyond, at));
            }
        }
    }

    /// What is struck among others' letters is struck in one's own text, and their letters stay.
    #[test]
    fn an_edit_is_written_back_into_what_is_one_s_own(
        base in text(), own in text(), now in text(),
        at in (0_usize..30, 0_usize..30), words in "[a ]{0,3}",
    ) {
        let shown = rebase(&base, &own, &now);
        let (after, caret, edit) = struck(&shown.own, at, &words);
        let written = shown.trace.write_back(&edit);
        let mine = apply(&own, &written).unwrap();
        let carried = shown.trace.back_after(&edit, caret);
        prop_assert!(carried <= units(&mine));
        // The caret stands behind the words that were struck.
        let units: Vec<u16> = mine.encode_utf16().collect();
        let typed: Vec<u16> = words.encode_utf16().collect();
        prop_assert!(units[..carried as usize].ends_with(&typed));
        if base == now {
            prop_assert_eq!((mine, carried), (after, caret));
        }
    }

    #[test]
    fn without_others_an_edit_and_every_caret_are_written_back_as_they_are(
        own in text(), at in (0_usize..30, 0_usize..30), words in "[a ]{0,3}",
    ) {
        let (after, _, edit) = struck(&own, at, &words);
        let trace = Trace::whole(units(&own));
        let written = apply(&own, &trace.write_back(&edit));
        prop_assert_eq!(written.as_ref(), Some(&after));
        for caret in 0..=units(&after) {
            prop_assert_eq!(trace.back_after(&edit, caret), caret);
        }
    }

    /// The same draft, committed by another way, is not written twice however exactly it is known.
    #[test]
    fn a_known_draft_that_was_committed_is_not_written_again(
        base in alike(), at in (0_usize..20, 0_usize..20), words in "[a ]{0,3}",
    ) {
        let (own, _, edit) = struck(&base, at, &words);
        let edits = [edit];
        let rebased = Typed { base: &base, own: &own, edits: &edits }.over(&own);
        prop_assert_eq!(&rebased.own, &own);
        prop_assert!(rebased.splices.is_empty());
    }
}
