//! Notes as plain text for the clipboard: one a line, and what a spreadsheet's column copies as.
//!
//! A cell with line breaks is put in quotation marks, quotation marks in it are doubled, as spreadsheets do
//! (<https://www.rfc-editor.org/rfc/rfc4180>). Cells of one row are separated by tabs.

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

/// What is in each row, without what is empty around it; several cells of one row are joined by a dash.
/// A quotation mark that is never closed is a letter like any other.
#[must_use]
pub fn cells(text: &str) -> Vec<String> {
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
    fn a_lone_quotation_mark_is_a_letter() {
        assert_eq!(cells("\"hej\nsvejs"), ["\"hej", "svejs"]);
        assert_eq!(cells("\"hej\" sa hon"), ["\"hej\" sa hon"]);
        assert_eq!(cells(""), [""]);
    }
}
