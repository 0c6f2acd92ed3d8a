//! The page's clock and its timers.

use std::rc::Rc;

use samsyn_shared::time::UnixMillis;
use wasm_bindgen::prelude::*;
use web_sys::Window;

use super::Dispatch;
use crate::core::Event;
use crate::core::event::Timer;

/// How often, in milliseconds, the page is told the time.
const EVERY: i32 = 15_000;

/// The time.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and dates are far from that"
)]
pub fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// Tells the page the time, again and again.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    let dispatch = Rc::clone(dispatch);
    let tick = Closure::<dyn FnMut()>::new(move || dispatch(Event::Clock(now())));
    let tick = tick.into_js_value();
    drop(
        window.set_interval_with_callback_and_timeout_and_arguments_0(tick.unchecked_ref(), EVERY),
    );
}

/// Dispatches `Elapsed` after so long.
pub fn after(window: &Window, dispatch: &Dispatch, millis: u32, timer: Timer) {
    let dispatch = Rc::clone(dispatch);
    let then = Closure::once_into_js(move || dispatch(Event::Elapsed(timer)));
    let millis = i32::try_from(millis).unwrap_or(i32::MAX);
    drop(
        window.set_timeout_with_callback_and_timeout_and_arguments_0(then.unchecked_ref(), millis),
    );
}
