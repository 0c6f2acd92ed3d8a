//! Compressed copies beside each file, so that the server never compresses, and the sizes they come to.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::link::File;

/// How much work goes into compressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As small as can be: made once, served many times.
    Best,
    /// None.
    Off,
}

/// One file's size in bytes: as it is, and as it travels compressed (as it is, where that is not done).
pub struct Size {
    url: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// What the bundle weighs.
#[derive(Default)]
pub struct Sizes {
    files: Vec<Size>,
}

/// Writes `<file>.br` and `<file>.gz` beside a file whose kind gains from it.
pub fn beside(path: &Path, file: &File, compression: Compression) -> Result<Size> {
    let raw = file.bytes.len() as u64;
    let mut size = Size {
        url: file.url.clone(),
        raw,
        gzip: raw,
        brotli: raw,
    };
    if compression == Compression::Best && is_compressible(path) {
        size.gzip = save(&with_suffix(path, ".gz"), &gzip(&file.bytes)?)?;
        size.brotli = save(&with_suffix(path, ".br"), &brotli(&file.bytes)?)?;
    }
    Ok(size)
}

fn save(path: &Path, bytes: &[u8]) -> Result<u64> {
    fs::write(path, bytes)?;
    Ok(bytes.len() as u64)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Pictures and WOFF2 fonts are compressed already.
fn is_compressible(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(
        extension,
        Some("html" | "js" | "css" | "wasm" | "svg" | "webmanifest" | "json" | "txt" | "ttf")
    )
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut std::io::Cursor::new(bytes), &mut out, &parameters)?;
    Ok(out)
}

impl Sizes {
    /// Adds a file.
    pub fn add(&mut self, size: Size) {
        self.files.push(size);
    }

    /// What all files weigh when brotli carries them, in bytes: the first load.
    pub fn brotli(&self) -> u64 {
        self.files.iter().map(|file| file.brotli).sum()
    }

    /// Prints a table and, where the bundle is over its budget, a warning.
    pub fn print(&self, budget: Option<u64>) {
        println!("  {:>9} {:>9} {:>9}", "raw", "gzip", "brotli");
        for file in &self.files {
            row(&file.url, file.raw, file.gzip, file.brotli);
        }
        let raw = self.files.iter().map(|file| file.raw).sum();
        let gzip = self.files.iter().map(|file| file.gzip).sum();
        row("bundle", raw, gzip, self.brotli());
        if let Some(budget) = budget.filter(|budget| self.brotli() > *budget) {
            println!("  warning: over the budget of {} KiB", budget / 1024);
        }
    }
}

fn row(name: &str, raw: u64, gzip: u64, brotli: u64) {
    println!(
        "  {:>9} {:>9} {:>9}  {name}",
        kib(raw),
        kib(gzip),
        kib(brotli)
    );
}

fn kib(bytes: u64) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_compressed_comes_back_the_same() {
        let text = "sam-syn, shared view ".repeat(500).into_bytes();
        let (gz, br) = (gzip(&text).unwrap(), brotli(&text).unwrap());
        assert!(gz.len() < text.len() / 10 && br.len() < text.len() / 10);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(gz.as_slice())
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, text);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut br.as_slice(), &mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn pictures_are_left_as_they_are() {
        assert!(!is_compressible(Path::new("a/icon.png")));
        assert!(is_compressible(Path::new("a/app_bg.wasm")));
    }
}
