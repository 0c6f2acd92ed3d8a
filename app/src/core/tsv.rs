//! Notes as plain text for the clipboard: one a line, and what a spreadsheet's column copies as.
//!
//! A cell with line breaks is put in quotation marks, quotation marks in it are doubled, as spreadsheets do
//! (<https://www.rfc-editor.org/rfc/rfc4180>). Cells of one row are separated by tabs.

use samsyn_shared::records::MAX_TEXT;

/// Texts below each other, in one column.
pub fn column<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = texts.map(cell).collect();
    cells.join("\n")
}

fn cell(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) || text.starts_with('"') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The most notes that are made of one paste.
pub const MOST: usize = 500;

/// The notes that a pasted text becomes: one of each row that is not empty, several where it is longer than a note may
/// be.
#[must_use]
pub fn notes(text: &str) -> Vec<String> {
    let rows = cells(text).into_iter();
    rows.flat_map(|row| lengths(&row)).collect()
}

/// A text in pieces that each fit on a note; none of an empty one.
fn lengths(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut units = MAX_TEXT;
    for letter in text.chars() {
        units += letter.len_utf16();
        match pieces.last_mut().filter(|_| units <= MAX_TEXT) {
            Some(piece) => piece.push(letter),
            None => {
                units = letter.len_utf16();
                pieces.push(letter.into());
            }
        }
    }
    pieces
}

/// What is in each row, without what is empty around it; several cells of one row are joined by a dash.
/// A quotation mark that is never closed is a letter like any other.
fn cells(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut rows = vec![Vec::new()];
    let mut rest = text.as_str();
    loop {
        let (cell, after) = next_cell(rest);
        let cell = cell.trim();
        if !cell.is_empty()
            && let Some(row) = rows.last_mut()
        {
            row.push(cell.to_owned());
        }
        let mut letters = after.chars();
        match letters.next() {
            None => break,
            Some('\t') => {}
            Some(_) => rows.push(Vec::new()),
        }
        rest = letters.as_str();
    }
    rows.into_iter().map(|row| row.join(" – ")).collect()
}

/// The next cell, and what stands behind it: nothing, a tab or a line break first.
fn next_cell(text: &str) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"')
        && let Some((cell, after)) = until_closed(quoted)
    {
        return (cell, after);
    }
    let end = text.find(['\t', '\n']).unwrap_or(text.len());
    let (cell, after) = text.split_at(end);
    (cell.to_owned(), after)
}

fn until_closed(quoted: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        cell.push_str(before);
        match after.chars().next() {
            Some('"') => {
                cell.push('"');
                rest = after.strip_prefix('"')?;
            }
            None | Some('\t' | '\n') => return Some((cell, after)),
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_comes_back_as_it_was() {
        let texts = [
            "en",
            "två\nrader",
            "\"citat\" först",
            "å \"ä\" ö",
            "tab\there",
        ];
        assert_eq!(cells(&column(texts.into_iter())), texts);
    }

    #[test]
    fn a_spreadsheet_s_rows_are_one_note_each() {
        let copied = "Namn\tSvar\r\nLova\t\"Ja,\nkanske\"\r\n\r\n\t\r\n";
        assert_eq!(
            cells(copied),
            ["Namn – Svar", "Lova – Ja,\nkanske", "", "", ""]
        );
    }

    #[test]
    fn what_is_too_long_for_a_note_becomes_several_and_no_letter_is_lost() {
        let long = "å👩".repeat(MAX_TEXT / 2);
        let made = notes(&format!("kort\n\n{long}\n"));
        assert_eq!(made[0], "kort");
        assert_eq!(made.len(), 3);
        assert!(made.iter().all(|it| it.encode_utf16().count() <= MAX_TEXT));
        assert_eq!(made[1..].concat(), long);
    }

    #[test]
    fn a_lone_quotation_mark_is_a_letter() {
        assert_eq!(cells("\"hej\nsvejs"), ["\"hej", "svejs"]);
        assert_eq!(cells("\"hej\" sa hon"), ["\"hej\" sa hon"]);
        assert_eq!(cells(""), [""]);
    }
}
