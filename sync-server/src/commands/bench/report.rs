//! What was measured: a table for people, one JSON object for programs, and the list of its fields for `--help`.
//!
//! Boundary: a figure's name, unit and words stand in one place, the workload that measures it.

use serde_json::{Map, Value, json};

use crate::client::Failure;
use crate::commands::{Format, print, print_json};

/// One measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// How many.
    Count(u64),
    /// Milliseconds.
    Millis(f64),
    /// Microseconds.
    Micros(f64),
    /// Bytes; `--json` gives them as they are, the table in KB or MB of 1,000 or 1,000,000.
    Bytes(f64),
    /// Percent of one processor core.
    Percent(f64),
    /// So many times as much.
    Times(f64),
}

/// A value with its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The field in `--json`; it ends with the unit if there is one.
    pub field: &'static str,
    /// What it is, for people.
    pub words: &'static str,
    /// None if it could not be measured here.
    pub amount: Option<Amount>,
}

impl Figure {
    /// How many.
    #[must_use]
    pub fn count(field: &'static str, words: &'static str, count: u64) -> Self {
        Self::of(field, words, Some(Amount::Count(count)))
    }

    /// A duration.
    #[must_use]
    pub fn millis(field: &'static str, words: &'static str, millis: Option<f64>) -> Self {
        Self::of(field, words, millis.map(Amount::Millis))
    }

    /// An amount of memory or traffic.
    #[must_use]
    pub fn bytes(field: &'static str, words: &'static str, bytes: Option<f64>) -> Self {
        Self::of(field, words, bytes.map(Amount::Bytes))
    }

    /// Anything.
    #[must_use]
    pub const fn of(field: &'static str, words: &'static str, amount: Option<Amount>) -> Self {
        Self {
            field,
            words,
            amount,
        }
    }
}

/// Everything that one run says.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which workload.
    pub workload: &'static str,
    /// What it found, in the order of the table.
    pub figures: Vec<Figure>,
    /// What one must know to read it.
    pub remarks: Vec<String>,
}

impl Report {
    /// Prints it.
    ///
    /// # Errors
    /// When standard output is gone.
    pub fn print(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Text => print(&self.table()),
            Format::Json => print_json(&self.json()),
        }
    }

    fn table(&self) -> String {
        let shown = |figure: &Figure| figure.amount.map_or("–".to_owned(), words_of);
        let width = self.figures.iter().map(|it| it.words.chars().count()).max();
        let width = width.unwrap_or(0);
        let mut lines: Vec<String> = self
            .figures
            .iter()
            .map(|figure| format!("{:<width$}  {:>12}", figure.words, shown(figure)))
            .collect();
        lines.extend(self.remarks.iter().cloned());
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("workload".to_owned(), json!(self.workload));
        for figure in &self.figures {
            object.insert(figure.field.to_owned(), json_of(figure.amount));
        }
        object.insert("remarks".to_owned(), json!(self.remarks));
        Value::Object(object)
    }
}

/// The fields of `--json`, for `--help`.
#[must_use]
pub fn fields(figures: &[Figure]) -> String {
    let others = [
        ("workload", "which one it was"),
        ("remarks", "a list of sentences"),
    ];
    let named = figures.iter().map(|figure| (figure.field, figure.words));
    let all: Vec<(&str, &str)> = named.chain(others).collect();
    let width = all.iter().map(|(field, _)| field.len()).max().unwrap_or(0);
    let lines: Vec<String> = all
        .into_iter()
        .map(|(field, words)| format!("  {field:<width$}  {words}"))
        .collect();
    format!(
        "Fields of --json (null where the system does not tell):\n{}",
        lines.join("\n")
    )
}

fn json_of(amount: Option<Amount>) -> Value {
    match amount {
        None => Value::Null,
        Some(Amount::Count(count)) => json!(count),
        Some(Amount::Bytes(bytes)) => json!(whole(bytes)),
        Some(
            Amount::Millis(value)
            | Amount::Micros(value)
            | Amount::Percent(value)
            | Amount::Times(value),
        ) => json!((value * 1_000.0).round() / 1_000.0),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "bytes of memory are far below 2^52, and the cast saturates"
)]
const fn whole(bytes: f64) -> i64 {
    bytes.round() as i64
}

fn words_of(amount: Amount) -> String {
    match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Millis(value) => format!("{value:.1} ms"),
        Amount::Micros(value) => format!("{value:.1} µs"),
        Amount::Bytes(bytes) if bytes.abs() >= 1e6 => format!("{:.1} MB", bytes / 1e6),
        Amount::Bytes(bytes) => format!("{:.1} KB", bytes / 1e3),
        Amount::Percent(value) => format!("{value:.1} %"),
        Amount::Times(value) => format!("{value:.2} ×"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            workload: "room",
            figures: vec![
                Figure::count("deliveries", "deliveries", 12),
                Figure::millis("ack_p50_ms", "acknowledged, median", Some(1.234_56)),
                Figure::bytes("save_bytes", "saved", Some(1_234_567.0)),
                Figure::bytes("server_rss_bytes", "memory", None),
            ],
            remarks: vec!["Nothing else ran.".to_owned()],
        }
    }

    #[test]
    fn people_read_units_and_a_dash_for_what_is_not_known() {
        let table = report().table();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].ends_with(" 12"), "{table}");
        assert!(lines[1].ends_with(" 1.2 ms"), "{table}");
        assert!(lines[2].ends_with(" 1.2 MB"), "{table}");
        assert!(lines[3].ends_with(" –"), "{table}");
        assert_eq!(lines[4], "Nothing else ran.");
        assert_eq!(lines[0].chars().count(), lines[3].chars().count());
    }

    #[test]
    fn programs_read_numbers_under_documented_names() {
        let report = report();
        let json = report.json();
        assert_eq!(json["workload"], "room");
        assert_eq!(json["deliveries"], 12);
        assert_eq!(json["ack_p50_ms"], 1.235);
        assert_eq!(json["save_bytes"], 1_234_567);
        assert_eq!(json["server_rss_bytes"], Value::Null);
        let help = fields(&report.figures);
        for field in json.as_object().unwrap().keys() {
            assert!(help.contains(&format!("  {field} ")), "{field}: {help}");
        }
    }
}
