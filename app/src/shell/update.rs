//! The service worker: it makes the app start without a network, and brings new versions once the person wants them.
//!
//! On plain http there is none; the app then starts only where the network does.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState, Window};

use super::{Dispatch, on, page};
use crate::core::Event;

/// What a page says to a waiting service worker; `sw.js` knows the same word.
const TAKE_OVER: &str = "take-over";
/// Where it lies.
const SCRIPT: &str = "/sw.js";

fn container(window: &Window) -> Option<ServiceWorkerContainer> {
    let container = window.navigator().service_worker();
    (window.is_secure_context() && !AsRef::<JsValue>::as_ref(&container).is_undefined())
        .then_some(container)
}

/// Registers the service worker and reports when a new version waits.
pub fn listen(window: &Window, dispatch: &Dispatch) {
    let Some(container) = container(window) else {
        return;
    };
    let dispatch = Rc::clone(dispatch);
    spawn_local(async move {
        match JsFuture::from(container.register(SCRIPT)).await {
            Ok(registration) => watch(&registration.unchecked_into(), &dispatch),
            Err(error) => web_sys::console::warn_1(&error),
        }
    });
}

fn watch(registration: &ServiceWorkerRegistration, dispatch: &Dispatch) {
    if registration.waiting().is_some() && registration.active().is_some() {
        dispatch(Event::UpdateReady);
    }
    let (found, dispatch) = (registration.clone(), Rc::clone(dispatch));
    on(registration, "updatefound", move |_| {
        // The very first version follows none and waits for nobody. Who is in charge of the page says less: the first
        // version takes charge at once, in WebKit before its own `installed` is told.
        let (Some(installing), Some(_)) = (found.installing(), found.active()) else {
            return;
        };
        let (worker, dispatch) = (installing.clone(), Rc::clone(&dispatch));
        on(&installing, "statechange", move |_| {
            if worker.state() == ServiceWorkerState::Installed {
                dispatch(Event::UpdateReady);
            }
        });
    });
}

/// Lets the waiting version take over; the page loads again once it has.
pub fn apply(window: &Window) {
    let Some(container) = container(window) else {
        return page::reload(window);
    };
    let (here, done) = (window.clone(), Cell::new(false));
    on(&container, "controllerchange", move |_| {
        if !done.replace(true) {
            page::reload(&here);
        }
    });
    let here = window.clone();
    spawn_local(async move {
        let registration = JsFuture::from(container.get_registration()).await;
        let registration = registration
            .ok()
            .and_then(|it| it.dyn_into::<ServiceWorkerRegistration>().ok());
        match registration.and_then(|it| it.waiting()) {
            Some(waiting) => drop(waiting.post_message(&TAKE_OVER.into())),
            None => page::reload(&here),
        }
    });
}
