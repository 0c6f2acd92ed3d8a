//! Files: handing one to the person, and reading one that they chose.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url, Window};

use super::Dispatch;
use crate::core::Event;

/// Larger files, in bytes, are no boards; they are not read into memory.
const LARGEST: f64 = 256.0 * 1024.0 * 1024.0;
/// The file is the browser's own after this long, in milliseconds.
const KEPT_FOR: i32 = 60_000;

/// Hands a file to the person.
pub fn save(window: &Window, name: &str, media_type: &str, bytes: &[u8]) {
    if let Err(error) = try_save(window, name, media_type, bytes) {
        web_sys::console::error_1(&error);
    }
}

fn try_save(window: &Window, name: &str, media_type: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let document = window.document().ok_or("no document")?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    let forget = Closure::once_into_js(move || drop(Url::revoke_object_url(&url)));
    window
        .set_timeout_with_callback_and_timeout_and_arguments_0(forget.unchecked_ref(), KEPT_FOR)?;
    Ok(())
}

/// Reads a file that the person chose; answers `FileChosen` or `FileUnreadable`.
pub fn read_file(file: File, dispatch: Rc<dyn Fn(Event)>) {
    let dispatch: Dispatch = dispatch;
    spawn_local(async move {
        let event = match read(&file).await {
            Some(bytes) => Event::FileChosen { bytes },
            None => Event::FileUnreadable,
        };
        dispatch(event);
    });
}

async fn read(file: &File) -> Option<Vec<u8>> {
    if file.size() > LARGEST {
        return None;
    }
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
