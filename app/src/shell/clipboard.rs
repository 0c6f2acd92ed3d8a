//! The clipboard. On plain http there is only the old way, by a selection in the document.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlTextAreaElement, Window};

use super::Dispatch;
use crate::core::Event;
use crate::core::event::Copied;

/// Copies `text` and tells whether that worked.
pub fn copy(window: &Window, dispatch: &Dispatch, text: String) {
    let (window, dispatch) = (window.clone(), Rc::clone(dispatch));
    spawn_local(async move {
        let copied = by_api(&window, &text).await || by_selection(&window, &text).is_some();
        dispatch(Event::Copied(if copied {
            Copied::Done
        } else {
            Copied::Refused
        }));
    });
}

async fn by_api(window: &Window, text: &str) -> bool {
    let clipboard = window.navigator().clipboard();
    if AsRef::<JsValue>::as_ref(&clipboard).is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn by_selection(window: &Window, text: &str) -> Option<()> {
    let document = window.document()?;
    let field: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    document.body()?.append_child(&field).ok()?;
    field.select();
    let command = js_sys::Reflect::get(&document, &"execCommand".into()).ok()?;
    let command: js_sys::Function = command.dyn_into().ok()?;
    let copied = command.call1(&document, &"copy".into());
    field.remove();
    copied.ok()?.is_truthy().then_some(())
}
