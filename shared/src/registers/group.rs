//! A breakout group: its name, and the keys of its board for those who may have them.

use std::fmt;

use minicbor::{Decoder, Encoder};

use super::{RegisterName, RegisterSet, Title};
use crate::ids::GroupId;
use crate::records::Colour;
use crate::seal::{BoardKeys, Role, SealError};

/// The most groups of a board.
pub const MAX_GROUPS: usize = 30;

/// A group of a board, as its register tells of it to the holder of the board's link.
#[derive(Clone)]
pub struct Group {
    /// Its id on the main board.
    pub id: GroupId,
    /// What it is called: one line of at most `Group::MAX_NAME` characters.
    pub name: String,
    /// The colour of its mark.
    pub colour: Colour,
    /// Its number among the groups, from 0.
    pub number: u16,
    /// The keys of its board: a facilitator's for facilitators of the main board, a participant's for participants,
    /// an observer's for observers.
    pub keys: BoardKeys,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// The map's keys; a number, once given, never gets another meaning.
mod key {
    pub(super) const ID: u32 = 0;
    pub(super) const NAME: u32 = 1;
    pub(super) const COLOUR: u32 = 2;
    pub(super) const NUMBER: u32 = 3;
    /// The code of an observer's link.
    pub(super) const OBSERVER: u32 = 4;
    /// The code of a participant's link, sealed for members.
    pub(super) const PARTICIPANT: u32 = 5;
}

impl Group {
    /// The most characters of a name.
    pub const MAX_NAME: usize = 80;

    /// A new group of a board whose keys are a facilitator's; none for other roles. Its keys follow from the board's
    /// and its id, so that any facilitator's device makes the same.
    #[must_use]
    pub fn new(
        main: &BoardKeys,
        id: GroupId,
        name: &str,
        colour: Colour,
        number: u16,
    ) -> Option<Self> {
        let name = Title::new(name);
        Some(Self {
            id,
            name: name.as_str().chars().take(Self::MAX_NAME).collect(),
            colour,
            number,
            keys: main.group(&id)?,
        })
    }

    /// The register that tells the main board's members of the group: CBOR, a map with integer keys. The group's
    /// participant's link is sealed once more, since observers hold the key of registers.
    ///
    /// # Errors
    /// As `RegisterSet::seal_value`.
    pub fn seal(&self, main: &BoardKeys, set: &RegisterSet) -> Result<Vec<u8>, SealError> {
        let value = self.encode(main).ok_or(SealError::Cipher)?;
        set.seal_value(main, &RegisterName::Group(self.id), &value)
    }

    fn encode(&self, main: &BoardKeys) -> Option<Vec<u8>> {
        let participant = self.keys.link(Role::Participant)?;
        let sealed = main.seal_for_members(self.id.as_bytes(), participant.as_bytes())?;
        let mut out = Encoder::new(Vec::new());
        let written = out.map(6).and_then(|out| {
            out.u32(key::ID)?.bytes(self.id.as_bytes())?;
            out.u32(key::NAME)?.str(&self.name)?;
            out.u32(key::COLOUR)?.str(self.colour.word())?;
            out.u32(key::NUMBER)?.u16(self.number)?;
            let observer = self.keys.link(Role::Observer).unwrap_or_default();
            out.u32(key::OBSERVER)?.str(&observer)?;
            out.u32(key::PARTICIPANT)?.bytes(&sealed)
        });
        written.ok()?;
        Some(out.into_writer())
    }

    fn decode(main: &BoardKeys, value: &[u8]) -> Option<Self> {
        let mut from = Decoder::new(value);
        let (mut id, mut name, mut colour, mut number) = (None, None, Colour::default(), 0);
        let (mut observer, mut participant) = (None, None);
        for _ in 0..from.map().ok()?? {
            match from.u32().ok()? {
                key::ID => id = Some(GroupId(from.bytes().ok()?.try_into().ok()?)),
                key::NAME => name = Some(Title::new(from.str().ok()?)),
                key::COLOUR => colour = Colour::from_word(from.str().ok()?),
                key::NUMBER => number = from.u16().ok()?,
                key::OBSERVER => observer = BoardKeys::from_link(from.str().ok()?).ok(),
                key::PARTICIPANT => participant = Some(from.bytes().ok()?.to_vec()),
                _ => from.skip().ok()?,
            }
        }
        let id = id?;
        let theirs = main.group(&id).or_else(|| {
            let code = main.open_for_members(id.as_bytes(), &participant?)?;
            BoardKeys::from_link(std::str::from_utf8(&code).ok()?).ok()
        });
        Some(Self {
            id,
            name: name?.as_str().chars().take(Self::MAX_NAME).collect(),
            colour,
            number,
            keys: theirs.or(observer)?,
        })
    }
}

impl RegisterSet {
    /// The groups of the board, in the order of their numbers. What does not read as a group is passed over.
    #[must_use]
    pub fn groups(&self, main: &BoardKeys) -> Vec<Group> {
        let values = self.iter().filter_map(|(slot, envelope)| {
            let group = Group::decode(main, &main.open(envelope).ok()?)?;
            let own_slot = main.slot(&RegisterName::Group(group.id));
            (own_slot == *slot).then_some(group)
        });
        let mut groups: Vec<Group> = values.collect();
        groups.sort_by_key(|it| (it.number, it.id));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::testing::three_roles;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn each_role_of_the_board_gets_the_same_role_in_its_groups() {
        let [facilitator, participant, observer] = three_roles(1);
        let mut set = RegisterSet::default();
        for number in [1, 0] {
            let id = GroupId([number; 16]);
            let name = format!(" Grupp\n{number} ");
            let group = Group::new(&facilitator, id, &name, Colour::Blue, number.into()).unwrap();
            let sealed = group.seal(&facilitator, &set).unwrap();
            let verified = facilitator.verify_keys().unwrap().verify(sealed).unwrap();
            set.offer(&verified).unwrap();
        }
        let mut boards = Vec::new();
        for keys in [&facilitator, &participant, &observer] {
            let groups = set.groups(keys);
            let names: Vec<&str> = groups.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(names, ["Grupp 0", "Grupp 1"]);
            assert!(groups.iter().all(|it| it.keys.role() == keys.role()));
            boards.push(groups.iter().map(|it| it.keys.board()).collect::<Vec<_>>());
        }
        assert_eq!(boards[0], boards[1]);
        assert_eq!(boards[0], boards[2]);
        assert_ne!(boards[0][0], boards[0][1]);
        assert!(Group::new(&participant, GroupId([7; 16]), "x", Colour::Blue, 0).is_none());
    }

    #[test]
    fn an_observer_cannot_learn_more_than_to_look() {
        let [facilitator, _, observer] = three_roles(1);
        let group = Group::new(&facilitator, GroupId([7; 16]), "Ek", Colour::Green, 0).unwrap();
        let value = group.encode(&facilitator).unwrap();
        let code = group.keys.link(Role::Participant).unwrap();
        let window = code.as_bytes();
        assert!(!value.windows(window.len()).any(|it| it == window));
        assert!(observer.open_for_members(&[7; 16], &value).is_none());
        for end in 0..value.len() {
            assert!(Group::decode(&observer, &value[..end]).is_none());
        }
    }
}
