//! How much this device still has for the app. On plain http, and in some browsers, it does not tell.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{StorageEstimate, Window};

use super::Dispatch;
use crate::core::Event;

/// Asks the browser, and dispatches what it says.
pub fn measure(window: &Window, dispatch: &Dispatch) {
    let (window, dispatch) = (window.clone(), Rc::clone(dispatch));
    spawn_local(async move {
        let free = free(&window).await;
        dispatch(Event::SpaceMeasured(free));
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of bytes; `as` saturates"
)]
async fn free(window: &Window) -> Option<u64> {
    let storage = window.navigator().storage();
    if AsRef::<JsValue>::as_ref(&storage).is_undefined() {
        return None;
    }
    let told = JsFuture::from(storage.estimate().ok()?).await.ok()?;
    let told: StorageEstimate = told.unchecked_into();
    let (quota, usage) = (told.get_quota()?, told.get_usage()?);
    Some((quota - usage).max(0.0) as u64)
}
