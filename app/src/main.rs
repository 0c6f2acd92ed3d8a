//! Where the WASM module starts: as the page or as its worker, by the global scope it finds.

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::JsCast;
    console_error_panic_hook::set_once();
    let global = js_sys::global();
    if global.has_type::<web_sys::Window>() {
        samsyn_app::ui::mount(samsyn_app::shell::start);
    } else {
        samsyn_app::worker::run();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("The app is built for the browser: cargo xtask bundle");
}
