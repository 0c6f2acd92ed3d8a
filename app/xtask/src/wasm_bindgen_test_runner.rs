//! wasm-bindgen's own test runner, built from the locked sources so that no tool is downloaded.
//! `cargo test --target wasm32-unknown-unknown` calls it with the path of each test module.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
