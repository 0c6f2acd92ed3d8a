//! What the browser says of the network, for what it is worth.

use std::rc::Rc;

use web_sys::Window;

use super::{Dispatch, on};
use crate::core::Event;
use crate::core::messages::NetworkHint;

/// Reports when the network comes and goes.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    for (event, hint) in [
        ("online", NetworkHint::Online),
        ("offline", NetworkHint::Offline),
    ] {
        let dispatch = Rc::clone(dispatch);
        on(window, event, move |_| dispatch(Event::Network(hint)));
    }
}
