//! The page's effects: everything only a browser can do, one file each, and the events the browser reports.
//!
//! Boundary: decides nothing. `core` says what is to be done and is told what happened.

mod address;
mod appearance;
mod camera;
mod clipboard;
mod clock;
mod files;
mod network;
mod page;
mod preferences;
mod space;
mod update;
mod worker;

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Window;

use crate::core::event::Context;
use crate::core::{Effect, Event, StartEvent};

pub use files::read_file;
use worker::WorkerPort;

/// Takes an event into the model.
type Dispatch = Rc<dyn Fn(Event)>;

/// Starts the shell: listens to the browser and the worker, and dispatches `Event::Start` once the caller has
/// connected what this returns, which carries out effects.
pub fn start(dispatch: Dispatch) -> Rc<dyn Fn(Effect)> {
    let Some(window) = web_sys::window() else {
        return Rc::new(|_| {});
    };
    let port = Rc::new(WorkerPort::open(&window));
    let begin = start_event(&window);
    let run = {
        let (window, dispatch, port) = (window.clone(), Rc::clone(&dispatch), Rc::clone(&port));
        Rc::new(move |effect| run(&window, &dispatch, &port, effect))
    };
    spawn_local(async move {
        dispatch(Event::Start(Box::new(begin)));
        port.listen(&dispatch);
        page::listen(&window, &dispatch);
        network::listen(&window, &dispatch);
        address::listen(&window, &dispatch);
        clock::listen(&window, &dispatch);
        update::listen(&window, &dispatch);
        camera::listen(&window, &dispatch);
    });
    run
}

/// Carries out one effect. What the components carry out themselves never needs anything here.
fn run(window: &Window, dispatch: &Dispatch, port: &WorkerPort, effect: Effect) {
    match effect {
        Effect::Worker(message) => port.say(&message),
        Effect::Copy(text) => clipboard::copy(window, dispatch, text),
        Effect::SaveFile {
            name,
            media_type,
            bytes,
        } => files::save(window, &name, &media_type, &bytes),
        Effect::SetAddress(address) => address::set(window, &address),
        Effect::Remember(preference) => preferences::remember(window, preference),
        Effect::KeepFollows(boards) => preferences::keep_follows(window, &boards),
        Effect::KeepSteps(steps) => preferences::keep_steps(window, &steps),
        Effect::Dress { language, theme } => appearance::dress(window, language, theme),
        Effect::Heading(title) => appearance::heading(window, &title),
        Effect::After { millis, timer } => clock::after(window, dispatch, millis, timer),
        Effect::MeasureSpace => space::measure(window, dispatch),
        Effect::ApplyUpdate => update::apply(window),
        Effect::Reload => page::reload(window),
        Effect::Print => page::print(window),
        Effect::Show(_) | Effect::FocusNote(_) | Effect::See(_) => {}
    }
}

fn start_event(window: &Window) -> StartEvent {
    StartEvent {
        language: preferences::language(window),
        theme: preferences::theme(window),
        letters: preferences::letters(window),
        steps: preferences::steps(window),
        others: preferences::others(window),
        follows: preferences::follows(window),
        origin: address::origin(window),
        relay: address::relay(window),
        context: if window.is_secure_context() {
            Context::Secure
        } else {
            Context::Plain
        },
        now: clock::now(),
        seed: seed(),
        address: address::current(window),
    }
}

/// Without randomness two devices could make records of the same id; then nothing must start.
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    if let Err(error) = getrandom::fill(&mut seed) {
        wasm_bindgen::throw_str(&format!("no randomness: {error}"));
    }
    seed
}

/// Calls `heard` for as long as the page lives.
fn on(target: &web_sys::EventTarget, event: &str, heard: impl FnMut(web_sys::Event) + 'static) {
    let heard = Closure::<dyn FnMut(web_sys::Event)>::new(heard);
    drop(target.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref()));
    heard.forget();
}
