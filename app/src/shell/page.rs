//! The page itself: whether anyone can see it, loading it again, printing it.

use std::rc::Rc;

use web_sys::{VisibilityState, Window};

use super::{Dispatch, on};
use crate::core::Event;
use crate::core::messages::PageVisibility;

/// Reports when the page goes behind and comes back. `pagehide` is the last thing that a tablet surely tells.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    if let Some(document) = window.document() {
        let (dispatch, watched) = (Rc::clone(dispatch), document.clone());
        on(&document, "visibilitychange", move |_| {
            let hidden = watched.visibility_state() == VisibilityState::Hidden;
            let now = if hidden {
                PageVisibility::Hidden
            } else {
                PageVisibility::Visible
            };
            dispatch(Event::Visibility(now));
        });
    }
    for (event, now) in [
        ("pagehide", PageVisibility::Hidden),
        ("pageshow", PageVisibility::Visible),
    ] {
        let dispatch = Rc::clone(dispatch);
        on(window, event, move |_| dispatch(Event::Visibility(now)));
    }
}

/// Loads the page again.
pub fn reload(window: &Window) {
    drop(window.location().reload());
}

/// Prints the page.
pub fn print(window: &Window) {
    drop(window.print());
}
