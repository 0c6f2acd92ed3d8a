//! Points in time as people say them, by the device's own calendar.

use samsyn_shared::time::UnixMillis;
use wasm_bindgen::JsValue;

use crate::core::words::Words;

/// Day and time, or the time alone if it was today.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of this millennium are exact in an f64"
)]
pub(super) fn said(words: &Words, at: UnixMillis, now: UnixMillis) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let today = js_sys::Date::new(&JsValue::from_f64(now.0 as f64));
    let mut wanted = vec![("hour", "2-digit"), ("minute", "2-digit")];
    if date.to_date_string() != today.to_date_string() {
        wanted.extend([("day", "numeric"), ("month", "long")]);
    }
    written(words, &date, &wanted)
}

/// The day with its year.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of this millennium are exact in an f64"
)]
pub(super) fn day(words: &Words, at: UnixMillis) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let wanted = [("day", "numeric"), ("month", "long"), ("year", "numeric")];
    written(words, &date, &wanted)
}

fn written(words: &Words, date: &js_sys::Date, wanted: &[(&str, &str)]) -> String {
    let options = js_sys::Object::new();
    for (key, value) in wanted {
        let _ = js_sys::Reflect::set(&options, &(*key).into(), &(*value).into());
    }
    date.to_locale_string(words.locale, &options).into()
}
