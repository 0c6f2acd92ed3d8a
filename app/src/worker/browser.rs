//! The worker in the browser: carries out what `Host` says, and brings it what happens.
//!
//! Boundary: this file and those below it are the only ones of the worker that touch `web_sys`; they decide nothing.

mod channel;
mod clock;
mod database;
mod socket;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Uint8Array;
use samsyn_shared::ids::BoardId;
use samsyn_shared::time::Monotonic;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::core::messages::{FromWorker, ToWorker};
use crate::worker::Host;
use crate::worker::glimpse::Build;
use crate::worker::io::{Input, Output, SocketId};
use crate::worker::lease::{Claim, TabId};
use crate::worker::writes::{Guard, Write};

use channel::Channel;
use clock::{Clock, Timer};
use database::Database;
use socket::Socket;

/// The host and what it works through.
struct Runner {
    scope: DedicatedWorkerGlobalScope,
    host: RefCell<Host>,
    tab: TabId,
    clock: Clock,
    database: Database,
    sockets: RefCell<BTreeMap<SocketId, Socket>>,
    channel: RefCell<Option<Channel>>,
    timer: RefCell<Option<Timer>>,
    wake: Cell<Option<Monotonic>>,
}

/// Whether this is the worker's global scope, and not a page's.
#[must_use]
pub fn is_worker() -> bool {
    js_sys::global().is_instance_of::<DedicatedWorkerGlobalScope>()
}

/// Starts the worker: from here on it answers the page.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let tab = TabId(random());
    // The script's name carries a hash of all that it starts.
    let build = Build(scope.location().pathname());
    let runner = Rc::new(Runner {
        host: RefCell::new(Host::new(random(), tab, build)),
        tab,
        clock: Clock::new(&scope),
        database: Database::default(),
        sockets: RefCell::default(),
        channel: RefCell::default(),
        timer: RefCell::default(),
        wake: Cell::default(),
        scope,
    });
    runner.listen();
    runner.open_channel();
    runner.open_database();
}

/// Random bytes from the browser. Where it has none, the worker cannot make keys and must not pretend to.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        wasm_bindgen::throw_str(&format!("no randomness: {error}"));
    }
    bytes
}

impl Runner {
    /// The page's early messages were kept by worker.js, which hands them on once somebody listens.
    fn listen(self: &Rc<Self>) {
        let runner = Rc::clone(self);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            runner.from_page(&event.data());
        });
        self.scope
            .set_onmessage(Some(heard.as_ref().unchecked_ref()));
        heard.forget();
    }

    fn from_page(self: &Rc<Self>, data: &JsValue) {
        let Some(bytes) = data.dyn_ref::<Uint8Array>() else {
            return;
        };
        match postcard::from_bytes::<ToWorker>(&bytes.to_vec()) {
            Ok(message) => self.feed(Input::Page(message)),
            Err(error) => web_sys::console::error_1(&format!("page: {error}").into()),
        }
    }

    fn open_channel(self: &Rc<Self>) {
        let runner = Rc::clone(self);
        let channel = Channel::open(move |message| runner.feed(Input::Tab(message)));
        *self.channel.borrow_mut() = channel;
    }

    fn open_database(self: &Rc<Self>) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let opened = runner.database.ensure_open().await;
            runner.feed(Input::Database(opened));
        });
    }

    /// Gives the host an input and carries out what it answers.
    fn feed(self: &Rc<Self>, input: Input) {
        let outputs = self.host.borrow_mut().handle(self.clock.now(), input);
        for output in outputs {
            self.carry_out(output);
        }
        self.set_timer();
    }

    fn carry_out(self: &Rc<Self>, output: Output) {
        match output {
            Output::Page(message) => self.to_page(&message),
            Output::List => self.list(),
            Output::Glance(board) => self.glance(board),
            Output::KeepView(guard, view) => self.keep_view(guard, view),
            Output::Load(board, claim) => self.load(board, claim),
            Output::Look(board) => self.look(board),
            Output::Write(write) => self.write(write),
            Output::Connect(id, url) => self.connect(id, &url),
            Output::Send(id, frame) => self.send(id, &frame),
            Output::Close(id) => drop(self.sockets.borrow_mut().remove(&id)),
            Output::Tabs(message) => {
                if let Some(channel) = self.channel.borrow().as_ref() {
                    channel.say(&message);
                }
            }
        }
    }

    fn to_page(&self, message: &FromWorker) {
        let Ok(bytes) = postcard::to_allocvec(message) else {
            return;
        };
        let bytes = Uint8Array::from(bytes.as_slice());
        let transfer = js_sys::Array::of1(&bytes.buffer());
        if let Err(error) = self.scope.post_message_with_transfer(&bytes, &transfer) {
            web_sys::console::error_1(&error);
        }
    }

    fn list(self: &Rc<Self>) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let rows = runner.database.list().await;
            runner.feed(Input::Listed(rows));
        });
    }

    fn glance(self: &Rc<Self>, board: BoardId) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let glance = runner.database.glance(board).await;
            runner.feed(Input::Glanced(board, glance.map(Box::new)));
        });
    }

    fn keep_view(self: &Rc<Self>, guard: Guard, view: Vec<u8>) {
        let runner = Rc::clone(self);
        spawn_local(async move { runner.database.keep_view(guard, view).await });
    }

    fn load(self: &Rc<Self>, board: BoardId, claim: Claim) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let now = runner.clock.now().wall;
            let stored = runner.database.load(now, board, runner.tab, claim).await;
            runner.feed(Input::Loaded(board, stored.map(Box::new)));
        });
    }

    fn look(self: &Rc<Self>, board: BoardId) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let now = runner.clock.now().wall;
            let found = runner.database.look(now, board, runner.tab).await;
            runner.feed(Input::Looked(board, found));
        });
    }

    fn write(self: &Rc<Self>, write: Write) {
        let runner = Rc::clone(self);
        spawn_local(async move {
            let outcome = runner.database.write(&write).await;
            runner.feed(Input::Written(outcome));
        });
    }

    fn connect(self: &Rc<Self>, id: SocketId, url: &str) {
        let runner = Rc::clone(self);
        let socket = Socket::open(url, move |event| runner.feed(Input::Socket(id, event)));
        self.sockets.borrow_mut().insert(id, socket);
    }

    fn send(&self, id: SocketId, frame: &[u8]) {
        if let Some(socket) = self.sockets.borrow().get(&id) {
            socket.send(frame);
        }
    }

    fn set_timer(self: &Rc<Self>) {
        let wake = self.host.borrow().next_wake();
        if self.wake.replace(wake) == wake && self.timer.borrow().is_some() {
            return;
        }
        let timer = wake.map(|wake| {
            let runner = Rc::clone(self);
            self.clock.at(&self.scope, wake, move || {
                runner.wake.set(None);
                runner.feed(Input::Tick);
            })
        });
        *self.timer.borrow_mut() = timer;
    }
}
