//! Two sets of ground rules side by side: what both have, what only one has, and what each words differently.
//!
//! Boundary: from two views to a comparison, and from that to Markdown. Who chose the two and where it is shown is the
//! shells' business.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::board::View;
use crate::board::draft::changed_ranges;
use crate::export::{Words, in_one_line};
use crate::records::RuleStatus;

/// How much of their words two rules share that are worded differently, in per cent.
const ALIKE: usize = 50;

/// One rule of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleText {
    /// The rule.
    pub text: String,
    /// Why the room wants it.
    pub why: String,
    /// How far the room has come with it.
    pub status: RuleStatus,
}

/// Two sets of rules, each rule once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// In both, with the same words.
    pub shared: Vec<RuleText>,
    /// In both, worded differently: the first set's, then the second's.
    pub different: Vec<(RuleText, RuleText)>,
    /// In the first set only.
    pub only_first: Vec<RuleText>,
    /// In the second set only.
    pub only_second: Vec<RuleText>,
}

/// Some words of a rule that is worded differently elsewhere, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stretch {
    /// The other one has them too.
    Both(String),
    /// The other one has not.
    Own(String),
}

/// The rules of a board that apply or are proposed, in order; those with no words are left out.
#[must_use]
pub fn rules(view: &View) -> Vec<RuleText> {
    let sections = view.sections_in_order();
    let rules = sections.iter().flat_map(|it| view.rules_of(it.id));
    rules
        .filter(|it| it.status != RuleStatus::Retired)
        .map(|it| RuleText {
            text: view.text(it.text).trim().to_owned(),
            why: view.text(it.why).trim().to_owned(),
            status: it.status,
        })
        .filter(|it| !it.text.is_empty())
        .collect()
}

/// Compares two sets. Letters' case, punctuation and spaces make no difference; of two rules that share at least half
/// of their words (Dice), the most alike are taken for one rule worded differently.
#[must_use]
pub fn compare(first: Vec<RuleText>, second: Vec<RuleText>) -> Comparison {
    let mut comparison = Comparison::default();
    let mut theirs: Vec<Option<RuleText>> = second.into_iter().map(Some).collect();
    let mut left: Vec<Option<RuleText>> = Vec::new();
    for rule in first {
        let same = |it: &&mut Option<RuleText>| {
            it.as_ref()
                .is_some_and(|it| words(&it.text) == words(&rule.text))
        };
        match theirs.iter_mut().find(same) {
            Some(it) => {
                *it = None;
                comparison.shared.push(rule);
            }
            None => left.push(Some(rule)),
        }
    }
    let mut pairs = Vec::new();
    let sets = |rules: &[Option<RuleText>]| rules.iter().map(word_set).collect::<Vec<_>>();
    let (ours, others) = (sets(&left), sets(&theirs));
    for (at, ours) in ours.iter().enumerate() {
        for (other, their) in others.iter().enumerate() {
            if let (Some(ours), Some(their)) = (ours, their) {
                pairs.push((alike(ours, their), at, other));
            }
        }
    }
    pairs.retain(|(alike, _, _)| *alike >= ALIKE);
    pairs.sort_by_key(|(alike, at, other)| (std::cmp::Reverse(*alike), *at, *other));
    let mut different = Vec::new();
    for (_, at, other) in pairs {
        let (Some(ours), Some(their)) = (left.get_mut(at), theirs.get_mut(other)) else {
            continue;
        };
        if ours.is_some()
            && their.is_some()
            && let (Some(ours), Some(their)) = (ours.take(), their.take())
        {
            different.push((at, (ours, their)));
        }
    }
    different.sort_by_key(|(at, _)| *at);
    comparison.different = different.into_iter().map(|(_, pair)| pair).collect();
    comparison.only_first = left.into_iter().flatten().collect();
    comparison.only_second = theirs.into_iter().flatten().collect();
    comparison
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|it: char| !it.is_alphanumeric());
    words
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

fn word_set(rule: &Option<RuleText>) -> Option<BTreeSet<String>> {
    rule.as_ref()
        .map(|it| words(&it.text).into_iter().collect())
}

/// The Dice coefficient of two texts' words, in per cent.
fn alike(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    let all = a.len() + b.len();
    (200 * a.intersection(b).count())
        .checked_div(all)
        .unwrap_or_default()
}

/// Two texts, each cut where its words begin or cease to be the other's.
#[must_use]
pub fn stretches(first: &str, second: &str) -> [Vec<Stretch>; 2] {
    let [a, b] = [first, second].map(|it| it.split_whitespace().collect::<Vec<&str>>());
    // As `words` reads them: neither case nor punctuation makes a word another.
    let [ours, theirs] = [&a, &b].map(|it| it.iter().map(|it| words(it).concat()).collect());
    let (ours, theirs): (Vec<String>, Vec<String>) = (ours, theirs);
    let [ours, theirs] =
        [&ours, &theirs].map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
    let changed = changed_ranges(&ours, &theirs);
    [
        cut(&a, changed.iter().map(|it| &it.0)),
        cut(&b, changed.iter().map(|it| &it.1)),
    ]
}

fn cut<'a>(words: &[&str], own: impl Iterator<Item = &'a Range<usize>> + Clone) -> Vec<Stretch> {
    let mut cut: Vec<Stretch> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_own = own.clone().any(|it| it.contains(&at));
        match (cut.last_mut(), is_own) {
            (Some(Stretch::Both(text)), false) | (Some(Stretch::Own(text)), true) => {
                *text = format!("{text} {word}");
            }
            (_, false) => cut.push(Stretch::Both((*word).to_owned())),
            (_, true) => cut.push(Stretch::Own((*word).to_owned())),
        }
    }
    cut
}

impl Comparison {
    /// The comparison as Markdown, for sending to programs that show it; `titles` are the two boards'.
    #[must_use]
    pub fn markdown(&self, words: &Words, titles: [&str; 2]) -> String {
        self.written(words, titles, ["# ", "\n## ", "- ", "  - "], in_one_line)
    }

    /// The same as plain text, for pasting anywhere.
    #[must_use]
    pub fn text(&self, words: &Words, titles: [&str; 2]) -> String {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.written(words, titles, ["", "\n", "• ", "  → "], one_line)
    }

    /// `marks` stand before the title, a heading, a rule, and its other wording.
    fn written(
        &self,
        words: &Words,
        titles: [&str; 2],
        marks: [&str; 4],
        one_line: impl Fn(&str) -> String,
    ) -> String {
        let [first, second] = titles.map(&one_line);
        let [title, head, item, other] = marks;
        let mut out = format!("{title}{}: {first} – {second}\n", words.compared);
        let mut list = |heading: &str, rules: Vec<String>| {
            if !rules.is_empty() {
                out.push_str(&format!("{head}{heading} ({})\n\n", rules.len()));
                for rule in rules {
                    out.push_str(&format!("{item}{rule}\n"));
                }
            }
        };
        let texts = |rules: &[RuleText]| rules.iter().map(|it| one_line(&it.text)).collect();
        list(words.in_both, texts(&self.shared));
        let different = self.different.iter();
        let different = different.map(|(first, second)| {
            let [first, second] = [first, second].map(|it| one_line(&it.text));
            format!("{first}\n{other}{second}")
        });
        list(words.worded_differently, different.collect());
        list(
            &words.only_in.replace("{}", &first),
            texts(&self.only_first),
        );
        list(
            &words.only_in.replace("{}", &second),
            texts(&self.only_second),
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{File, read_file};
    use crate::templates::Language;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn set(rules: &[&str]) -> Vec<RuleText> {
        let rule = |text: &&str| RuleText {
            text: (*text).to_owned(),
            why: String::new(),
            status: RuleStatus::Agreed,
        };
        rules.iter().map(rule).collect()
    }

    #[test]
    fn rules_are_shared_worded_differently_or_on_one_side_only() {
        let management = set(&[
            "Vi håller tiden",
            "Alla kommer till tals",
            "Vi talar med varandra, inte om varandra",
            "Beslut gäller tills vi ändrar dem",
        ]);
        let team = set(&[
            "vi håller  tiden!",
            "Vi talar med varandra och aldrig om varandra",
            "Telefonerna ligger i väskan",
        ]);
        let found = compare(management, team);
        assert_eq!(found.shared, set(&["Vi håller tiden"]));
        let different = (
            set(&["Vi talar med varandra, inte om varandra"]).remove(0),
            set(&["Vi talar med varandra och aldrig om varandra"]).remove(0),
        );
        assert_eq!(found.different, [different]);
        let only = ["Alla kommer till tals", "Beslut gäller tills vi ändrar dem"];
        assert_eq!(found.only_first, set(&only));
        assert_eq!(found.only_second, set(&["Telefonerna ligger i väskan"]));
    }

    #[test]
    fn each_rule_is_compared_once_and_the_most_alike_go_together() {
        let found = compare(
            set(&["a b c d", "a b c x"]),
            set(&["a b c x y", "a b c d e", "a b c x"]),
        );
        assert_eq!(found.shared.len(), 1);
        assert_eq!(found.different.len(), 1);
        assert_eq!(found.different[0].1.text, "a b c d e");
        assert_eq!(found.only_second, set(&["a b c x y"]));
        assert_eq!(compare(Vec::new(), Vec::new()), Comparison::default());
    }

    #[test]
    fn a_comparison_reads_as_markdown() {
        let found = compare(set(&["Vi *lyssnar*", "Bara här"]), set(&["vi lyssnar"]));
        let words = Words::of(Language::Sv);
        assert_eq!(
            found.markdown(words, ["Ledningen", "Teamet"]),
            "# Spelregler sida vid sida: Ledningen – Teamet\n\n## Gemensamma (1)\n\n- Vi \\*lyssnar\\*\n\n\
             ## Bara i Ledningen (1)\n\n- Bara här\n"
        );
    }

    #[test]
    fn a_comparison_reads_as_plain_text() {
        let found = compare(
            set(&["Vi *lyssnar*", "Alla kommer\ntill tals"]),
            set(&["vi lyssnar", "Alla kommer alltid till tals"]),
        );
        let words = Words::of(Language::Sv);
        assert_eq!(
            found.text(words, ["Ledningen", "Teamet"]),
            "Spelregler sida vid sida: Ledningen – Teamet\n\nGemensamma (1)\n\n• Vi *lyssnar*\n\n\
             Olika ord för samma sak (1)\n\n• Alla kommer till tals\n  → Alla kommer alltid till tals\n"
        );
    }

    #[test]
    fn words_that_only_one_text_has_are_told_apart() {
        use Stretch::{Both, Own};
        let check = |first, second, expected: [Vec<Stretch>; 2]| {
            assert_eq!(stretches(first, second), expected);
        };
        let it = str::to_owned;
        check(
            "Vi talar med varandra,\ninte om varandra",
            "Vi talar med varandra och aldrig om andra",
            [
                vec![
                    Both(it("Vi talar med varandra,")),
                    Own(it("inte")),
                    Both(it("om")),
                    Own(it("varandra")),
                ],
                vec![
                    Both(it("Vi talar med varandra")),
                    Own(it("och aldrig")),
                    Both(it("om")),
                    Own(it("andra")),
                ],
            ],
        );
        check("", "ny", [Vec::new(), vec![Own(it("ny"))]]);
        let same = vec![Both(it("Samma ord"))];
        check("Samma  ord", "Samma ord", [same.clone(), same]);
    }

    #[test]
    fn a_file_is_as_good_as_a_board() {
        let archive = include_bytes!("../../tests/fixtures/ledningsgrupp.json");
        let file = read_file(archive).unwrap();
        let (title, board) = file.board().unwrap();
        let found = rules(board.view());
        let title = title.to_owned();
        let File::Archive(archive) = file else {
            panic!("it is an archive");
        };
        assert_eq!(title, archive.title);
        assert_eq!(
            found.len(),
            archive
                .rules
                .iter()
                .filter(|it| it.status != RuleStatus::Retired && !it.removed)
                .count()
        );
    }
}
