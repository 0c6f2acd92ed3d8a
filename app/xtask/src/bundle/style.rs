//! One style sheet out of many: `@import "./name.css";` lines are replaced by the files they name, in that order.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The text of a style sheet with its imports put in.
pub fn join(path: &Path) -> Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        match imported(line) {
            Some(name) => joined.push_str(&join(&path.with_file_name(name))?),
            None => joined.push_str(line),
        }
        joined.push('\n');
    }
    Ok(joined)
}

/// The file that a line imports, if it does.
fn imported(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix("@import \"./")?
        .strip_suffix("\";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_import_of_a_neighbour_is_inlined() {
        assert_eq!(imported("@import \"./tokens.css\";"), Some("tokens.css"));
        assert_eq!(imported("  color: red;"), None);
        assert_eq!(imported("@import url(other.css);"), None);
    }
}
