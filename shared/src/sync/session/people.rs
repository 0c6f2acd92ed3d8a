//! Presence on both sides: what this device says and how often, and who else is here until they are not.

use std::collections::BTreeMap;

use super::types::Tuning;
use crate::ids::PresenceId;
use crate::seal::{OpenedPresence, Role};
use crate::sync::presence::{Body, Doing, Peer};
use crate::time::Monotonic;

/// More people than this are not kept; a hall has fewer.
const MOST_PEERS: usize = 500;

/// See the module.
#[derive(Debug)]
pub(super) struct People {
    me: PresenceId,
    counter: u64,
    doing: Option<Doing>,
    news: News,
    said: Option<Monotonic>,
    peers: BTreeMap<PresenceId, Known>,
}

/// Whether the others have heard what this device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    Some,
}

#[derive(Debug)]
struct Known {
    doing: Doing,
    counter: u64,
    heard: Monotonic,
}

impl People {
    pub(super) fn new(me: PresenceId) -> Self {
        Self {
            me,
            counter: 0,
            doing: None,
            news: News::None,
            said: None,
            peers: BTreeMap::new(),
        }
    }

    pub(super) fn doing(&mut self, doing: Doing) {
        if self.doing.as_ref() != Some(&doing) {
            self.doing = Some(doing);
            self.news = News::Some;
        }
    }

    pub(super) fn off(&mut self) {
        if self.doing.take().is_some() {
            self.news = News::Some;
        }
    }

    /// Somebody is there who has not heard of this device.
    pub(super) fn greet(&mut self) {
        if self.doing.is_some() {
            self.news = News::Some;
        }
    }

    /// What to say now, if it is time to.
    pub(super) fn due(&mut self, now: Monotonic, tuning: &Tuning) -> Option<Vec<u8>> {
        if self.next_saying(tuning)? > now {
            return None;
        }
        self.said = Some(now);
        self.news = News::None;
        self.counter += 1;
        Body::new(self.me, self.counter, self.doing.as_ref()).encode()
    }

    fn next_saying(&self, tuning: &Tuning) -> Option<Monotonic> {
        let Some(said) = self.said else {
            return (self.news == News::Some).then_some(Monotonic(0));
        };
        match (self.news, &self.doing) {
            (News::Some, _) => Some(said.plus(tuning.presence_gap)),
            (News::None, Some(_)) => Some(said.plus(tuning.presence_refresh)),
            (News::None, None) => None,
        }
    }

    pub(super) fn next_wake(&self, tuning: &Tuning) -> Option<Monotonic> {
        let expiry = self
            .peers
            .values()
            .map(|peer| peer.heard.plus(tuning.peer_expiry));
        expiry.chain(self.next_saying(tuning)).min()
    }

    /// Takes a frame of somebody else; says whether a screen would show something new.
    pub(super) fn heard(&mut self, now: Monotonic, opened: &OpenedPresence) -> bool {
        let Some(body) = Body::decode(&opened.body) else {
            return false;
        };
        let (presence, counter) = (PresenceId(body.session), body.counter);
        let stale = self
            .peers
            .get(&presence)
            .is_some_and(|known| known.counter >= counter);
        if presence == self.me || stale {
            return false;
        }
        let Some(mut doing) = body.doing() else {
            return self.peers.remove(&presence).is_some();
        };
        if opened.role == Role::Observer {
            // Nobody signed it: it may say who and where, but put no words into anyone's mouth.
            doing.draft = None;
        }
        self.keep(
            presence,
            Known {
                doing,
                counter,
                heard: now,
            },
        )
    }

    fn keep(&mut self, presence: PresenceId, known: Known) -> bool {
        match self.peers.get(&presence) {
            Some(before) => {
                let changed = before.doing != known.doing;
                self.peers.insert(presence, known);
                changed
            }
            None if self.peers.len() >= MOST_PEERS => false,
            None => {
                self.peers.insert(presence, known);
                self.greet();
                true
            }
        }
    }

    /// Lets go of those who fell silent; says whether there were any.
    pub(super) fn expire(&mut self, now: Monotonic, tuning: &Tuning) -> bool {
        let before = self.peers.len();
        self.peers
            .retain(|_, peer| peer.heard.plus(tuning.peer_expiry) > now);
        self.peers.len() != before
    }

    /// The connection is gone, and everybody with it; says whether there was anybody.
    pub(super) fn forget_all(&mut self) -> bool {
        let any = !self.peers.is_empty();
        self.peers.clear();
        any
    }

    /// Everybody else who is here.
    pub(super) fn peers(&self) -> Vec<Peer> {
        let peer = |(presence, known): (&PresenceId, &Known)| Peer {
            presence: *presence,
            doing: known.doing.clone(),
        };
        self.peers.iter().map(peer).collect()
    }
}
