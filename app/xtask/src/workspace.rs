//! Where things are: the workspace's folders and the versions that Cargo.lock fixes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where the bundle goes: the server embeds this folder.
pub fn dist() -> PathBuf {
    root().join("app/dist")
}

/// Cargo's target folder.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A program that cargo built in `profile_dir` (`debug`, `release`).
pub fn program(profile_dir: &str, name: &str) -> PathBuf {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    target_dir().join(profile_dir).join(file)
}

/// Fails unless Cargo.lock fixes the bundler and the test runner at wasm-bindgen's own version:
/// they read a private section of the WASM file whose layout changes with each version.
pub fn check_wasm_bindgen_versions() -> Result<()> {
    let lock =
        fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let want = locked_version(&lock, "wasm-bindgen")?;
    for tool in ["wasm-bindgen-cli-support", "wasm-bindgen-cli"] {
        let have = locked_version(&lock, tool)?;
        ensure!(
            have == want,
            "Cargo.lock has wasm-bindgen {want} but {tool} {have}: set all of them to one exact version in the \
             root Cargo.toml"
        );
    }
    Ok(())
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .with_context(|| format!("Cargo.lock does not name {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_read_by_its_whole_name() {
        let lock = "[[package]]\nname = \"ab\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked_version(lock, "a").unwrap(), "2.0.0");
        assert!(locked_version(lock, "b").is_err());
    }

    #[test]
    fn bundler_and_wasm_bindgen_are_locked_at_one_version() {
        check_wasm_bindgen_versions().unwrap();
    }
}
