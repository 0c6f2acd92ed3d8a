//! Names files by their content and rewrites how they refer to each other.
//!
//! A reference is a quoted string that starts with `./` and goes on with the path of a file of the bundle. Files with
//! fixed names stay at the root; every other one becomes `/assets/<stem>-<hash>.<extension>`, the hash taken after its
//! own references were rewritten, so that an unchanged name always means unchanged content.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// Names that browsers ask for as they are.
const FIXED: [&str; 5] = [
    "index.html",
    "sw.js",
    "manifest.webmanifest",
    "robots.txt",
    "favicon.ico",
];

/// The loader that wasm-bindgen writes: it holds strings that look like references and are none.
const GENERATED: &str = "samsyn-app.js";

/// The service worker: written last, because it lists all the others.
const SERVICE_WORKER: &str = "sw.js";

/// Stands for the bundle's version in the service worker.
const VERSION_MARK: &str = "\"__SAMSYN_VERSION__\"";

/// Stands for the list of URLs to keep in the service worker.
const ASSETS_MARK: &str = "[\"__SAMSYN_ASSETS__\"]";

/// A file of the bundle as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is served, from the root.
    pub url: String,
    /// Its content, references rewritten.
    pub bytes: Vec<u8>,
}

/// Rewrites and renames all files.
pub fn link(mut sources: BTreeMap<String, Vec<u8>>) -> Result<Vec<File>> {
    let service_worker = sources.remove(SERVICE_WORKER);
    let mut linker = Linker {
        sources: &sources,
        done: BTreeMap::new(),
        open: Vec::new(),
    };
    for name in sources.keys() {
        linker.url_of(name)?;
    }
    let mut files: Vec<File> = linker.done.into_values().collect();
    if let Some(bytes) = service_worker {
        let bytes = fill(bytes, &files)?;
        files.push(File {
            url: format!("/{SERVICE_WORKER}"),
            bytes,
        });
    }
    Ok(files)
}

struct Linker<'a> {
    sources: &'a BTreeMap<String, Vec<u8>>,
    done: BTreeMap<String, File>,
    /// Files whose references are being followed: meeting one again is a circle.
    open: Vec<String>,
}

impl Linker<'_> {
    /// The URL of a source, after linking what it refers to.
    fn url_of(&mut self, name: &str) -> Result<String> {
        if let Some(file) = self.done.get(name) {
            return Ok(file.url.clone());
        }
        if self.open.iter().any(|open| open == name) {
            bail!("{} refer to each other in a circle", self.open.join(" → "));
        }
        self.open.push(name.to_owned());
        let file = self.linked(name)?;
        self.open.pop();
        let url = file.url.clone();
        self.done.insert(name.to_owned(), file);
        Ok(url)
    }

    fn linked(&mut self, name: &str) -> Result<File> {
        let source = self
            .sources
            .get(name)
            .with_context(|| format!("the bundle has no {name}"))?;
        let bytes = match (is_text(name), std::str::from_utf8(source)) {
            (true, Ok(text)) => self.rewrite(name, text)?.into_bytes(),
            (true, Err(_)) => bail!("{name} is not UTF-8"),
            (false, _) => source.clone(),
        };
        Ok(File {
            url: url(name, &bytes),
            bytes,
        })
    }

    /// The text with every reference replaced by the URL of what it names.
    fn rewrite(&mut self, name: &str, text: &str) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, quote, path, after)) = next_reference(rest) {
            out.push_str(before);
            out.push(quote);
            if path == SERVICE_WORKER {
                out.push_str("/sw.js");
            } else if self.sources.contains_key(path) {
                out.push_str(&self.url_of(path)?);
            } else if name == GENERATED {
                out.push_str("./");
                out.push_str(path);
            } else {
                bail!("{name} refers to ./{path}, which the bundle does not have");
            }
            out.push(quote);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Splits at the next quoted `./path`: what is before it, the quote, the path, what follows the closing quote.
fn next_reference(text: &str) -> Option<(&str, char, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("./")?;
        from = at + 2;
        let before = text.get(..at)?;
        let Some(quote @ ('"' | '\'')) = before.chars().next_back() else {
            continue;
        };
        let inside = text.get(from..)?;
        let end = inside.find([quote, '\n'])?;
        if inside.get(end..)?.starts_with(quote) {
            return Some((
                before.strip_suffix(quote)?,
                quote,
                inside.get(..end)?,
                inside.get(end + 1..)?,
            ));
        }
    }
}

fn is_text(name: &str) -> bool {
    matches!(
        name.rsplit('.').next(),
        Some("html" | "js" | "css" | "webmanifest" | "svg")
    )
}

fn url(name: &str, bytes: &[u8]) -> String {
    if FIXED.contains(&name) {
        return format!("/{name}");
    }
    let hash = blake3::hash(bytes).to_hex();
    let hash = hash.get(..12).unwrap_or(&hash);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("/assets/{stem}-{hash}.{extension}"),
        None => format!("/assets/{name}-{hash}"),
    }
}

/// The service worker with the version and the list of URLs put in.
fn fill(bytes: Vec<u8>, files: &[File]) -> Result<Vec<u8>> {
    let text = String::from_utf8(bytes).context("sw.js is not UTF-8")?;
    if !text.contains(VERSION_MARK) || !text.contains(ASSETS_MARK) {
        bail!(
            "sw.js must contain {VERSION_MARK} and {ASSETS_MARK}: the bundle's version and files are put there"
        );
    }
    let urls: Vec<&str> = files.iter().map(|file| page_url(&file.url)).collect();
    let version = version(text.as_bytes(), files);
    let text = text
        .replace(VERSION_MARK, &format!("\"{version}\""))
        .replace(ASSETS_MARK, &serde_json::to_string(&urls)?);
    Ok(text.into_bytes())
}

/// The page is asked for as `/`.
fn page_url(url: &str) -> &str {
    if url == "/index.html" { "/" } else { url }
}

/// Changes whenever any file does.
fn version(service_worker: &[u8], files: &[File]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(service_worker);
    for file in files {
        hasher.update(file.url.as_bytes());
        hasher.update(blake3::hash(&file.bytes).as_bytes());
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn linked(sources: &[(&str, &str)]) -> Result<BTreeMap<String, String>> {
        let sources = sources
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let files = link(sources)?;
        Ok(files
            .into_iter()
            .map(|file| (file.url, String::from_utf8(file.bytes).unwrap()))
            .collect())
    }

    fn asset<'a>(files: &'a BTreeMap<String, String>, stem: &str) -> (&'a str, &'a str) {
        let start = format!("/assets/{stem}-");
        let found = files.iter().find(|(url, _)| url.starts_with(&start));
        found
            .map(|(url, text)| (url.as_str(), text.as_str()))
            .unwrap_or_else(|| panic!("no {stem} in {files:?}"))
    }

    #[test]
    fn references_follow_the_renamed_files() {
        let files = linked(&[
            ("index.html", "<script src=\"./start.js\"></script>"),
            ("start.js", "import './lib.js'; const x = './';"),
            ("lib.js", "1"),
        ]);
        // A lone "./" names nothing that the bundle has.
        assert!(files.is_err());
        let files = linked(&[
            ("index.html", "<script src=\"./start.js\"></script>"),
            ("start.js", "import './lib.js'; a = b ./c;"),
            ("lib.js", "1"),
        ])
        .unwrap();
        let (lib, _) = asset(&files, "lib");
        let (start, text) = asset(&files, "start");
        assert_eq!(text, format!("import '{lib}'; a = b ./c;"));
        assert_eq!(
            files.get("/index.html").unwrap(),
            &format!("<script src=\"{start}\"></script>")
        );
    }

    #[test]
    fn a_changed_leaf_renames_everything_that_refers_to_it() {
        let build = |leaf| linked(&[("a.js", "import \"./b.js\""), ("b.js", leaf)]).unwrap();
        let (one, two) = (build("1"), build("2"));
        assert_ne!(asset(&one, "a").0, asset(&two, "a").0);
        assert_eq!(asset(&one, "a").0, asset(&build("1"), "a").0);
    }

    #[test]
    fn a_missing_file_and_a_circle_are_errors() {
        assert!(linked(&[("a.js", "import \"./b.js\"")]).is_err());
        assert!(linked(&[("a.js", "import \"./b.js\""), ("b.js", "import \"./a.js\"")]).is_err());
    }

    #[test]
    fn the_generated_loader_keeps_strings_that_only_look_like_references() {
        let files = linked(&[("samsyn-app.js", "imports[\"./samsyn-app_bg.js\"]")]).unwrap();
        assert_eq!(
            asset(&files, "samsyn-app").1,
            "imports[\"./samsyn-app_bg.js\"]"
        );
    }

    #[test]
    fn the_service_worker_lists_every_file_but_itself_and_changes_with_them() {
        let sw = "const V = \"__SAMSYN_VERSION__\"; const A = [\"__SAMSYN_ASSETS__\"];";
        let build = |page| linked(&[("index.html", page), ("a.js", "1"), ("sw.js", sw)]).unwrap();
        let (one, two) = (build("x"), build("y"));
        let text = one.get("/sw.js").unwrap();
        assert!(
            text.contains("\"/\"") && text.contains(asset(&one, "a").0) && !text.contains("sw.js")
        );
        assert_ne!(text, two.get("/sw.js").unwrap());
        assert!(linked(&[("sw.js", "no marks")]).is_err());
    }
}
