//! Says where the app is, and builds the server again when the app that it embeds has changed.
//! A debug build reads the app from its folder each time.

use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    // The folder may come later, so its path is made from one that exists: rust-embed compares whole paths.
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app");
    let dist = app.canonicalize()?.join("dist");
    println!("cargo:rustc-env=SAMSYN_DIST={}", dist.display());
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed={}", dist.display());
    }
    Ok(())
}
