//! Whether the browser reads QR codes with the camera: then `public/camera.js` has defined an element for it.

use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Window;

use super::Dispatch;
use crate::core::Event;

/// The element's name.
const ELEMENT: &str = "qr-camera";

/// Says so once the element is there; never where it does not come.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    let Ok(defined) = defined(window) else {
        return;
    };
    let dispatch = Rc::clone(dispatch);
    spawn_local(async move {
        if JsFuture::from(defined).await.is_ok() {
            dispatch(Event::CameraReady);
        }
    });
}

fn defined(window: &Window) -> Result<Promise, JsValue> {
    let elements = Reflect::get(window, &"customElements".into())?;
    let when: Function = Reflect::get(&elements, &"whenDefined".into())?.dyn_into()?;
    when.call1(&elements, &ELEMENT.into())?.dyn_into()
}
