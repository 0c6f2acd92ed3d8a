//! Builds the server again when the app that it embeds has changed. A debug build reads the app from its folder.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=../app/dist");
    }
}
