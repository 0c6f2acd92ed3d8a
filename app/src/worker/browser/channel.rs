//! The channel between the tabs of one browser. Where there is none, the lease alone decides, more slowly.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::worker::tabs::TabMessage;

/// The name of the channel; messages of another format get another name.
const NAME: &str = "samsyn-1";

/// An open channel.
pub struct Channel {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens it and calls `heard` with what other tabs say; none if the browser has no such thing.
    pub fn open(mut heard: impl FnMut(TabMessage) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else {
                return;
            };
            // A tab with another version of the app may say what this one does not know.
            if let Ok(message) = postcard::from_bytes(&bytes.to_vec()) {
                heard(message);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _heard: heard,
        })
    }

    /// Says something to the other tabs; what cannot be said now they will find on the disk.
    pub fn say(&self, message: &TabMessage) {
        if let Ok(bytes) = postcard::to_allocvec(message) {
            drop(
                self.channel
                    .post_message(&Uint8Array::from(bytes.as_slice())),
            );
        }
    }
}
