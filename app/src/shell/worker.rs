//! The dedicated worker, from the page's side: messages out and in, and its death noticed.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, Window, Worker, WorkerOptions, WorkerType};

use super::{Dispatch, on};
use crate::core::Event;
use crate::core::messages::{Failure, FromWorker, ToWorker};

/// Names the element of the page that says where the worker's script lies.
const META: &str = "meta[name=samsyn-worker]";

/// The way to the worker.
pub struct WorkerPort {
    worker: Option<Worker>,
    window: Window,
    asked_to_persist: Cell<bool>,
}

impl WorkerPort {
    /// Starts the worker.
    pub fn open(window: &Window, dispatch: &Dispatch) -> Self {
        let worker = start(window).ok();
        match &worker {
            Some(worker) => listen(worker, dispatch),
            None => stopped_soon(dispatch),
        }
        Self {
            worker,
            window: window.clone(),
            asked_to_persist: Cell::new(false),
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

fn start(window: &Window) -> Result<Worker, JsValue> {
    let document = window.document().ok_or("no document")?;
    let meta = document
        .query_selector(META)?
        .ok_or("the page does not say where the worker is")?;
    let script = meta.get_attribute("content").unwrap_or_default();
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&script, &options)
}

/// Whatever is not bytes is the last thing that `worker.js` says: that it has stopped, and why.
fn listen(worker: &Worker, dispatch: &Dispatch) {
    let heard = Rc::clone(dispatch);
    on(worker, "message", move |event| {
        let Some(data) = event.dyn_ref::<MessageEvent>().map(MessageEvent::data) else {
            return;
        };
        match data
            .dyn_ref::<Uint8Array>()
            .map(|bytes| postcard::from_bytes(&bytes.to_vec()))
        {
            Some(Ok(message)) => heard(Event::Worker(message)),
            Some(Err(_)) | None => {
                web_sys::console::error_2(&"the worker stopped:".into(), &data);
                stopped(&heard);
            }
        }
    });
    let heard = Rc::clone(dispatch);
    on(worker, "error", move |_| stopped(&heard));
}

fn stopped(dispatch: &Dispatch) {
    dispatch(Event::Worker(FromWorker::Failed(Failure::WorkerStopped)));
}

fn stopped_soon(dispatch: &Dispatch) {
    let dispatch = Rc::clone(dispatch);
    spawn_local(async move { stopped(&dispatch) });
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
