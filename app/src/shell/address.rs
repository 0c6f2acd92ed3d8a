//! The address bar: which fragment it has, and where the relay is.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::Window;

use super::{Dispatch, on};
use crate::core::{Address, Event};

/// Scheme, host and port, without a `/` at the end.
pub fn origin(window: &Window) -> String {
    window.location().origin().unwrap_or_default()
}

/// The relay's websocket: `/sync` of the same origin.
pub fn relay(window: &Window) -> String {
    let origin = origin(window);
    let socket = origin
        .strip_prefix("http")
        .map(|rest| format!("ws{rest}/sync"));
    socket.unwrap_or_default()
}

/// Where the address bar points.
pub fn current(window: &Window) -> Address {
    Address::from_fragment(&window.location().hash().unwrap_or_default())
}

/// Makes the address bar say where we are. The code of a link is replaced, so that the way back does not hold it.
pub fn set(window: &Window, address: &Address) {
    let before = current(window);
    if before == *address {
        return;
    }
    let Ok(history) = window.history() else {
        return;
    };
    let path = window.location().pathname().unwrap_or_default();
    let url = format!("{path}{}", address.fragment());
    let set = match before {
        Address::Link(_) => history.replace_state_with_url(&JsValue::NULL, "", Some(&url)),
        Address::Start | Address::Board(_) => {
            history.push_state_with_url(&JsValue::NULL, "", Some(&url))
        }
    };
    if let Err(error) = set {
        web_sys::console::warn_1(&error);
    }
}

/// Reports when the person goes back or forth, or pastes a link into the address bar.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    let (dispatch, here) = (Rc::clone(dispatch), window.clone());
    on(window, "hashchange", move |_| {
        dispatch(Event::AddressChanged(current(&here)))
    });
}
