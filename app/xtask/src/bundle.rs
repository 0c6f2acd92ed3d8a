//! The app as a browser loads it: `app/dist/`, made from the WASM module, `app/index.html`, `app/style/` and
//! `app/public/`. Everything but the few files with fixed names is called by its content's hash and precompressed.

mod compress;
mod link;
mod style;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::cargo;
use crate::install;
use crate::workspace::{self, WASM};

use compress::Compression;
pub use compress::Sizes;

/// What the bundle may weigh, compressed with brotli. The goal is 600 KiB. The document alone (automerge, its columns and
/// their collections) is some 270 of what there is, the views and leptos 140, the strings and tables 70.
pub const BUDGET: u64 = 1_290 * 1024;

/// The package and binary that become the WASM module; also the stem of the module's file names.
const APP: &str = "samsyn-app";

/// How a bundle is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Small and compressed: what is shipped and tested.
    Release,
    /// Built quickly, not optimised, not compressed.
    Dev,
}

impl Mode {
    /// Cargo's profile, and the folder it builds into.
    fn profile(self) -> (&'static str, &'static str) {
        match self {
            Self::Release => ("wasm", "wasm"),
            Self::Dev => ("dev", "debug"),
        }
    }
}

/// Builds the app and writes `app/dist/`. Prints and returns what it weighs.
pub fn bundle(mode: Mode) -> Result<Sizes> {
    install::wasm_target()?;
    workspace::check_wasm_bindgen_versions()?;
    let (profile, _) = mode.profile();
    cargo([
        "build",
        "--package",
        APP,
        "--bin",
        APP,
        "--target",
        WASM,
        "--profile",
        profile,
    ])
    .run()?;
    let files = link::link(sources(mode)?)?;
    let (compression, budget) = match mode {
        Mode::Release => (Compression::Best, Some(BUDGET)),
        Mode::Dev => (Compression::Off, None),
    };
    let sizes = write(&files, compression)?;
    sizes.print(budget);
    Ok(sizes)
}

/// Every file of the bundle under the name by which the others refer to it.
fn sources(mode: Mode) -> Result<BTreeMap<String, Vec<u8>>> {
    let app = workspace::root().join("app");
    let mut files = module(mode)?;
    collect(&app.join("public"), "", &mut files)?;
    files.insert("index.html".into(), read(&app.join("index.html"))?);
    files.insert(
        "main.css".into(),
        style::join(&app.join("style/main.css"))?.into_bytes(),
    );
    Ok(files)
}

/// The WASM module and the JavaScript that loads it.
fn module(mode: Mode) -> Result<BTreeMap<String, Vec<u8>>> {
    let (_, folder) = mode.profile();
    let input = workspace::target_dir()
        .join(WASM)
        .join(folder)
        .join(format!("{APP}.wasm"));
    let out = workspace::target_dir().join("bindgen");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true);
    if mode == Mode::Release {
        bindgen
            .remove_name_section(true)
            .remove_producers_section(true);
    }
    bindgen
        .input_path(&input)
        .generate(&out)
        .with_context(|| format!("wasm-bindgen on {}", input.display()))?;
    let mut files = BTreeMap::new();
    collect(&out, "", &mut files)?;
    Ok(files)
}

/// Reads every file below `folder`; names are paths with `/`, starting with `prefix`.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            bail!("{} is not a name that a URL can carry", path.display());
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes the bundle beside the old one and then puts it in its place, so that a failed build leaves the old one.
fn write(files: &[link::File], compression: Compression) -> Result<Sizes> {
    let dist = workspace::dist();
    let next: PathBuf = dist.with_file_name("dist.next");
    if next.exists() {
        fs::remove_dir_all(&next)?;
    }
    let mut sizes = Sizes::default();
    for file in files {
        let path = next.join(file.url.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap_or(&next))?;
        fs::write(&path, &file.bytes)?;
        sizes.add(compress::beside(&path, file, compression)?);
    }
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::rename(&next, &dist)?;
    Ok(sizes)
}
