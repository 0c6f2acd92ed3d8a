//! An outline as Markdown (CommonMark 0.31), which reads well as plain text too.
//!
//! Whatever people typed comes out as they typed it: nothing of it turns into markup or HTML.

use super::outline::{Block, Fact, Item, ListStyle};

/// The outline as Markdown, with a newline at its end.
#[must_use]
pub fn markdown(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(block).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading { level, text, .. } => {
            format!("{} {}", marks(*level), in_one_line(text))
        }
        Block::Group {
            level,
            heading,
            items,
        } => {
            let mut out = format!("{} {}", marks(*level), in_one_line(&heading.text));
            let facts: Vec<String> = heading.facts.iter().map(in_brief).collect();
            if !facts.is_empty() {
                out.push_str(&format!("\n\n*{}*", facts.join(" · ")));
            }
            format!("{out}\n\n{}", list(ListStyle::Bulleted, items))
        }
        Block::Text { label: None, text } => lines(text, ""),
        Block::Text {
            label: Some(label),
            text,
        } => format!("**{}:** {}", in_one_line(label), lines(text, "")),
        Block::List { style, items } => list(*style, items),
    }
}

fn marks(level: u8) -> String {
    "#".repeat(usize::from(level).clamp(1, 6))
}

fn list(style: ListStyle, items: &[Item]) -> String {
    let items: Vec<String> = (1..)
        .zip(items)
        .map(|(number, it)| item(style, number, it))
        .collect();
    items.join("\n")
}

fn item(style: ListStyle, number: usize, item: &Item) -> String {
    let mark = match style {
        ListStyle::Bulleted => "- ".to_owned(),
        ListStyle::Numbered => format!("{number}. "),
    };
    let indent = " ".repeat(mark.len());
    let mut out = format!("{mark}{}", lines(&item.text, &indent));
    let (short, long): (Vec<&Fact>, Vec<&Fact>) = item.facts.iter().partition(|it| it.is_short());
    if !short.is_empty() {
        let short: Vec<String> = short.into_iter().map(in_brief).collect();
        out.push_str(&format!("\\\n{indent}*{}*", short.join(" · ")));
    }
    for fact in long {
        out.push_str(&format!("\n{indent}- {}", at_length(fact, &indent)));
    }
    out
}

fn in_brief(fact: &Fact) -> String {
    format!(
        "{}: {}",
        in_one_line(fact.label),
        in_one_line(&fact.values.join(", "))
    )
}

fn at_length(fact: &Fact, indent: &str) -> String {
    let label = in_one_line(fact.label);
    if let [value] = fact.values.as_slice() {
        return format!("{label}: {}", in_one_line(value));
    }
    let each = |value: &String| format!("\n{indent}  - {}", in_one_line(value));
    let values: String = fact.values.iter().map(each).collect();
    format!("{label}:{values}")
}

/// A text on one line, whatever lines it had.
pub(crate) fn in_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&words.join(" "))
}

/// A text whose lines stay lines and whose paragraphs stay paragraphs, under an indentation.
fn lines(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut blank = false;
    for line in text.lines().map(in_one_line) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\\\n" });
            out.push_str(indent);
        }
        out.push_str(&line);
        blank = false;
    }
    out
}

/// One line with a backslash before whatever could be read as markup: inline marks anywhere, block marks at the start.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let list_mark = end_of_list_number(line);
    for (at, letter) in line.char_indices() {
        let special = match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '|' | '&' | '$' => true,
            '#' | '+' | '-' | '=' | ':' => at == 0,
            _ => Some(at) == list_mark,
        };
        if special {
            out.push('\\');
        }
        out.push(letter);
    }
    // A heading's closing marks are taken off it, and so they are escaped wherever they end a line.
    if out.len() > 1 && out.ends_with('#') {
        let marks = out.trim_end_matches('#').len();
        if !out.get(..marks).is_some_and(|it| it.ends_with('\\')) {
            out.insert(marks, '\\');
        }
    }
    out
}

/// Where the mark after a leading number stands, which would make a list of the line.
fn end_of_list_number(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches(|it: char| it.is_ascii_digit());
    let at = line.len() - rest.len();
    (at > 0 && rest.starts_with(['.', ')'])).then_some(at)
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests, and anything unexpected fails them"
)]
mod tests {
    use super::*;
    use crate::export::{FactKind, HeadingOf};
    use crate::ids::NoteId;
    use crate::records::RecordId;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// What a reader of the Markdown sees, line breaks and paragraphs as spaces; markup that is not ours is an error.
    fn read(markdown: &str) -> String {
        let mut seen = String::new();
        for event in Parser::new_ext(
            markdown,
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
        ) {
            match event {
                Event::Text(text) => seen.push_str(&text),
                Event::SoftBreak => panic!("a line break is lost in {markdown:?}"),
                Event::HardBreak | Event::Start(_) | Event::End(_) => seen.push(' '),
                other => panic!("{other:?} in {markdown:?}"),
            }
        }
        words(&seen)
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn note(text: &str, author: &str) -> Block {
        let fact = |kind, label, value: &str| Fact {
            kind,
            label,
            values: vec![value.into()],
        };
        Block::List {
            style: ListStyle::Bulleted,
            items: vec![Item {
                record: RecordId::Note(NoteId([1; 16])),
                text: text.into(),
                facts: vec![
                    fact(FactKind::Colour, "Färg", "gul"),
                    fact(FactKind::Author, "Skriven av", author),
                ],
            }],
        }
    }

    #[test]
    fn a_note_reads_well_as_plain_text() {
        let blocks = [
            Block::Heading {
                level: 2,
                text: "Lappar".into(),
                of: HeadingOf::Board,
            },
            note("Ring kommunen\nfråga om *lokalen*", "Åsa"),
        ];
        assert_eq!(
            markdown(&blocks),
            "## Lappar\n\n- Ring kommunen\\\n  fråga om \\*lokalen\\*\\\n  *Färg: gul · Skriven av: Åsa*\n"
        );
    }

    #[test]
    fn a_heading_stands_over_its_notes() {
        let Block::List { items, .. } = note("Vem vikarierar?", "Åsa") else {
            panic!("a list");
        };
        let Block::List { items: heading, .. } = note("Personal\n# och tid", "Bo") else {
            panic!("a list");
        };
        let group = Block::Group {
            level: 3,
            heading: heading[0].clone(),
            items,
        };
        assert_eq!(
            markdown(&[group]),
            "### Personal # och tid\n\n*Färg: gul · Skriven av: Bo*\n\n\
             - Vem vikarierar?\\\n  *Färg: gul · Skriven av: Åsa*\n"
        );
    }

    #[test]
    fn a_rule_is_numbered_and_its_examples_are_below_it() {
        let fact = |kind, label, values: &[&str]| {
            let values = values.iter().map(|it| (*it).to_owned()).collect();
            Fact {
                kind,
                label,
                values,
            }
        };
        let rule = Item {
            record: RecordId::Note(NoteId([1; 16])),
            text: "Vi börjar i tid".into(),
            facts: vec![
                fact(FactKind::Why, "Därför", &["allas tid är lika mycket värd"]),
                fact(
                    FactKind::ShowsAs,
                    "Det märks när",
                    &["dörren är stängd 9.00", "ingen väntar in"],
                ),
            ],
        };
        let list = Block::List {
            style: ListStyle::Numbered,
            items: vec![rule],
        };
        assert_eq!(
            markdown(&[list]),
            "1. Vi börjar i tid\n   - Därför: allas tid är lika mycket värd\n   - Det märks när:\n     \
             - dörren är stängd 9.00\n     - ingen väntar in\n"
        );
    }

    #[test]
    fn nothing_that_people_type_becomes_markup() {
        for text in [
            "# inte en rubrik",
            "####",
            "1. inte en lista",
            "12) inte heller",
            "- minus",
            "+ plus",
            "* stjärna",
            "> citat",
            "```kod```",
            "<script>alert(1)</script>",
            "&amp; &#229;",
            "[länk](javascript:x)",
            "![bild](x)",
            "en\n===",
            "en\n---",
            "~~struket~~",
            "a | b\n--|--",
            "slut \\",
            "\\# snedstreck",
            "rubrik ##",
            "\\#",
            "<https://exempel.se>",
            "snake_case_namn",
            "[ref]: /url",
            "***",
            "    indraget",
            "\tflik",
            "* * *",
        ] {
            let heading = Block::Heading {
                level: 3,
                text: text.into(),
                of: HeadingOf::Board,
            };
            let label = Block::Text {
                label: Some("Fråga"),
                text: text.into(),
            };
            for (block, before, after) in [
                (
                    Block::Text {
                        label: None,
                        text: text.into(),
                    },
                    "",
                    "",
                ),
                (heading, "", ""),
                (label, "Fråga: ", ""),
                (
                    note(text, text),
                    "",
                    &*format!(" Färg: gul · Skriven av: {text}"),
                ),
            ] {
                assert_eq!(
                    read(&markdown(&[block])),
                    words(&format!("{before}{text}{after}"))
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_typed(text in "([ \\n#*+=_<>&;:!|~$`.0-9a\\[\\]()åé🌲-]|\\\\){0,24}") {
            for block in [
                Block::Text { label: None, text: text.clone() },
                Block::Heading { level: 1, text: text.clone(), of: HeadingOf::Board },
            ] {
                prop_assert_eq!(read(&markdown(&[block])), words(&text));
            }
            let expected = format!("{text} Färg: gul · Skriven av: Bo {text}");
            let seen = read(&markdown(&[note(&text, &format!("Bo {text}"))]));
            prop_assert_eq!(seen, words(&expected));
        }
    }
}
