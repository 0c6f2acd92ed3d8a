//! One websocket connection to the relay.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

use crate::worker::io::SocketEvent;

type Sink = Rc<RefCell<dyn FnMut(SocketEvent)>>;

/// An attempt or a connection; dropping it closes it, and no event of it is heard any more.
pub struct Socket {
    socket: Option<WebSocket>,
    _happened: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Socket {
    /// Begins to connect. `happened` is never called before this returns.
    pub fn open(url: &str, happened: impl FnMut(SocketEvent) + 'static) -> Self {
        let sink: Sink = Rc::new(RefCell::new(happened));
        let (events, messages) = (events(&sink), messages(&sink));
        let socket = WebSocket::new(url).ok();
        match &socket {
            Some(socket) => wire(socket, &events, &messages),
            None => spawn_local(async move { emit(&sink, SocketEvent::Closed) }),
        }
        Self {
            socket,
            _happened: events,
            _message: messages,
        }
    }

    /// Sends a frame. On a socket that is closing this does nothing; its `Closed` follows.
    pub fn send(&self, frame: &[u8]) {
        if let Some(socket) = &self.socket {
            drop(socket.send_with_u8_array(frame));
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            socket.set_onopen(None);
            socket.set_onclose(None);
            socket.set_onmessage(None);
            drop(socket.close());
        }
    }
}

fn wire(
    socket: &WebSocket,
    events: &Closure<dyn FnMut(Event)>,
    messages: &Closure<dyn FnMut(MessageEvent)>,
) {
    socket.set_binary_type(BinaryType::Arraybuffer);
    socket.set_onopen(Some(events.as_ref().unchecked_ref()));
    socket.set_onclose(Some(events.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(messages.as_ref().unchecked_ref()));
}

fn events(sink: &Sink) -> Closure<dyn FnMut(Event)> {
    let sink = Rc::clone(sink);
    Closure::new(move |event: Event| {
        let opened = event.type_() == "open";
        emit(
            &sink,
            if opened {
                SocketEvent::Opened
            } else {
                SocketEvent::Closed
            },
        );
    })
}

fn messages(sink: &Sink) -> Closure<dyn FnMut(MessageEvent)> {
    let sink = Rc::clone(sink);
    Closure::new(move |event: MessageEvent| {
        if let Some(buffer) = event.data().dyn_ref::<ArrayBuffer>() {
            emit(&sink, SocketEvent::Frame(Uint8Array::new(buffer).to_vec()));
        }
    })
}

/// The callee may drop the socket and its closures with it, so the sink is kept alive here meanwhile.
fn emit(sink: &Sink, event: SocketEvent) {
    let sink = Rc::clone(sink);
    if let Ok(mut happened) = sink.try_borrow_mut() {
        happened(event);
    }
}
