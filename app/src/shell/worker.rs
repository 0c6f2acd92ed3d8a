//! The dedicated worker, from the page's side: messages out and in, and its death noticed.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, Window, Worker};

use super::{Dispatch, on};
use crate::core::Event;
use crate::core::messages::{Failure, FromWorker, ToWorker};

/// Where `start.js` leaves the worker that it has started, and what that has said so far.
const LEFT: &str = "samsynWorker";

/// The way to the worker.
pub struct WorkerPort {
    worker: Option<Worker>,
    early: Array,
    window: Window,
    asked_to_persist: Cell<bool>,
}

impl WorkerPort {
    /// The way to the worker that `start.js` has started.
    pub fn open(window: &Window) -> Self {
        let left = Reflect::get(window, &LEFT.into()).unwrap_or_default();
        let of = |key: &str| Reflect::get(&left, &key.into()).unwrap_or_default();
        Self {
            worker: of("worker").dyn_into().ok(),
            early: of("early").dyn_into().unwrap_or_default(),
            window: window.clone(),
            asked_to_persist: Cell::new(false),
        }
    }

    /// Hears what the worker has said so far, and from now on.
    pub fn listen(&self, dispatch: &Dispatch) {
        let Some(worker) = &self.worker else {
            return stopped(dispatch);
        };
        worker.set_onmessage(None);
        worker.set_onerror(None);
        for event in self.early.iter() {
            heard(dispatch, event.unchecked_ref());
        }
        for kind in ["message", "error"] {
            let dispatch = Rc::clone(dispatch);
            on(worker, kind, move |event| heard(&dispatch, &event));
        }
    }

    /// Says something to the worker.
    pub fn say(&self, message: &ToWorker) {
        let (Some(worker), Ok(bytes)) = (&self.worker, postcard::to_allocvec(message)) else {
            return;
        };
        let bytes = Uint8Array::from(bytes.as_slice());
        let transfer = Array::of1(&bytes.buffer());
        if let Err(error) = worker.post_message_with_transfer(&bytes, &transfer) {
            web_sys::console::error_1(&error);
        }
        if is_edit(message) && !self.asked_to_persist.replace(true) {
            ask_to_persist(&self.window);
        }
    }
}

/// Whatever is not bytes is the last thing that `worker.js` says: that it has stopped, and why.
fn heard(dispatch: &Dispatch, event: &web_sys::Event) {
    let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
    let bytes = data.as_ref().and_then(|it| it.dyn_ref::<Uint8Array>());
    match bytes.map(|bytes| postcard::from_bytes(&bytes.to_vec())) {
        Some(Ok(message)) => dispatch(Event::Worker(message)),
        Some(Err(_)) | None => {
            web_sys::console::error_2(&"the worker stopped:".into(), &data.unwrap_or_default());
            stopped(dispatch);
        }
    }
}

fn stopped(dispatch: &Dispatch) {
    dispatch(Event::Worker(FromWorker::Failed(Failure::WorkerStopped)));
}

const fn is_edit(message: &ToWorker) -> bool {
    matches!(
        message,
        ToWorker::Commands(_) | ToWorker::Go(_) | ToWorker::Draft { .. }
    )
}

/// Asks the browser not to throw the board away when space gets scarce. Only a page can ask; plain http cannot.
fn ask_to_persist(window: &Window) {
    let storage = window.navigator().storage();
    if AsRef::<JsValue>::as_ref(&storage).is_undefined() {
        return;
    }
    if let Ok(asked) = storage.persist() {
        spawn_local(async move { drop(JsFuture::from(asked).await) });
    }
}
