//! `--config FILE`: the flags of `samsyn serve` in a file.
//!
//! Boundary: what stands in the file becomes the flags' defaults, so that names, meanings, checks and help have one
//! source: flags > environment > file > defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Command;
use toml::Value;

/// Why a file is not understood.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is no TOML.
    #[error("{} is not TOML: {why}", .path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// It names a flag that there is not.
    #[error("{}: there is no setting “{name}”. There are: {known}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What was named.
        name: String,
        /// What could be.
        known: String,
    },
    /// A value is of no use.
    #[error("{}: “{name}” must be a text, a number, true, false, or a list of texts", .path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Whose value.
        name: String,
    },
}

/// Makes a file's settings the defaults of a command.
///
/// # Errors
/// A sentence for the one who wrote the file. What a flag refuses is refused when it is parsed.
pub fn defaults(command: Command, path: &Path) -> Result<Command, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read {
        path: path.to_owned(),
        error,
    })?;
    defaults_of(command, path, &text)
}

/// The same for the text of a file; its path is for the error.
///
/// # Errors
/// As [`defaults`].
pub fn defaults_of(mut command: Command, path: &Path, text: &str) -> Result<Command, ConfigError> {
    let table: BTreeMap<String, Value> =
        toml::from_str(text).map_err(|error| ConfigError::NotToml {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
    for (name, value) in table {
        let settings = || command.get_arguments().filter(|it| it.get_id() != "config");
        let known = || settings().filter_map(|it| it.get_long().filter(|long| *long != "help"));
        if !known().any(|long| long == name) {
            let known = known().collect::<Vec<_>>().join(", ");
            let path = path.to_owned();
            return Err(ConfigError::Unknown { path, name, known });
        }
        let id = settings()
            .find(|it| it.get_long() == Some(name.as_str()))
            .map(|it| it.get_id().clone());
        let texts = texts(&value).ok_or_else(|| ConfigError::Value {
            path: path.to_owned(),
            name: name.clone(),
        })?;
        if let Some(id) = id {
            command = command.mut_arg(id, |arg| arg.default_values(texts));
        }
    }
    Ok(command)
}

/// As it would be written behind a flag.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(is) => Some(is.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        Value::String(_) | Value::Integer(_) | Value::Boolean(_) => one(value).map(|it| vec![it]),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;
    use crate::config::{MetricsPlace, ServeArgs};

    fn parse(text: &str, flags: &[&str]) -> Result<ServeArgs, String> {
        let command = ServeArgs::augment_args(Command::new("serve"));
        let command = defaults_of(command, Path::new("samsyn.toml"), text);
        let command = command.map_err(|error| error.to_string())?;
        let flags = ["serve"].iter().chain(flags);
        let matches = command.try_get_matches_from(flags);
        let matches = matches.map_err(|error| error.to_string())?;
        ServeArgs::from_arg_matches(&matches).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_comes_before_the_defaults_and_after_the_flags() {
        let text = "max-board = 7\nmetrics = 'same'\ntls-self-made = true\n\
                    allow-origin = ['https://a.example', 'https://b.example']\ndata = '/srv/samsyn'\n";
        let args = parse(text, &["--max-board", "9"]).unwrap();
        assert_eq!(args.max_board, 9);
        assert_eq!(args.metrics, MetricsPlace::Same);
        assert!(args.tls_self_made);
        assert_eq!(args.allow_origin.len(), 2);
        assert_eq!(args.data.as_deref(), Some(Path::new("/srv/samsyn")));
        assert_eq!(args.max_connections, 10_000);
        assert_eq!(parse(text, &[]).unwrap().max_board, 7);
        assert!(!parse("tls-self-made = false", &[]).unwrap().tls_self_made);
    }

    #[test]
    fn the_example_is_understood() {
        let args = parse(include_str!("../deploy/samsyn.toml"), &[]).unwrap();
        assert!(matches!(args.metrics, MetricsPlace::At(_)));
    }

    #[test]
    fn what_is_not_understood_is_said_with_what_could_be() {
        let said = |text: &str| parse(text, &[]).unwrap_err();
        assert!(said("max_board = 7").contains("max-board"), "an underscore");
        assert!(said("config = 'other.toml'").contains("no setting"));
        assert!(said("max-board = ").contains("not TOML"));
        assert!(said("max-board = 1.5").contains("must be a text"));
        assert!(said("max-board = 'many'").contains("--max-board"));
        assert!(said("listen = 'nowhere'").contains("is no address"));
    }
}
