//! Identifiers: one newtype each, parsed at the border, printed as lower-case hex.

use std::fmt;
use std::str::FromStr;

use base16ct::lower as hex;
use rand_core::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not a {kind}: {length} lower-case hexadecimal digits are expected")]
pub struct IdError {
    /// The type that was asked for.
    pub kind: &'static str,
    /// The first characters of what was given.
    pub text: String,
    /// How many digits a valid one has.
    pub length: usize,
}

fn parse<const N: usize>(kind: &'static str, text: &str) -> Result<[u8; N], IdError> {
    let wrong = || IdError {
        kind,
        text: text.chars().take(80).collect(),
        length: N * 2,
    };
    let bytes = hex::decode_vec(text.as_bytes()).map_err(|_| wrong())?;
    bytes.try_into().map_err(|_| wrong())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode_string(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(stringify!($name), text).map(Self)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;
            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError {
                    kind: stringify!($name),
                    text: hex::encode_string(bytes.get(..40).unwrap_or(bytes)),
                    length: $length * 2,
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "document")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": format!("^[0-9a-f]{{{}}}$", $length * 2),
                })
            }
        }
    };
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name, 16);

        impl $name {
            /// A fresh one.
            #[must_use]
            pub fn random(rng: &mut impl Rng) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

id!(
    /// Names a board; BLAKE3 of its two verify keys, so it proves them.
    BoardId,
    32
);
id!(
    /// Names one automerge change: SHA-256 of its chunk.
    ChangeHash,
    32
);
id!(
    /// Names one envelope: BLAKE3 of all its bytes.
    EnvelopeHash,
    32
);
id!(
    /// The rolling hash of a board's log up to an entry; zeros before the first.
    Chain,
    32
);
id!(
    /// Where a register lives: keyed hash of its name under the board's register key.
    Slot,
    32
);

id!(
    /// Names one sealed part of a snapshot: BLAKE3 of all its bytes.
    PartHash,
    32
);

random_id!(
    /// Names a private round.
    RoundId
);
random_id!(
    /// Names a group; with the facilitator's seed it gives the group's board.
    GroupId
);
random_id!(
    /// Names one life of a board's log on one relay; made with the log, gone with it.
    Epoch
);
random_id!(
    /// An automerge actor: minted at the first commit of each worker start, per board.
    Actor
);
random_id!(
    /// Names a section of a board.
    SectionId
);
random_id!(
    /// Names a note.
    NoteId
);
random_id!(
    /// Names a ground rule.
    RuleId
);
random_id!(
    /// Names a scenario cross.
    CrossId
);
random_id!(
    /// Names a person on a board; chosen by the person's device for this board.
    PersonId
);
random_id!(
    /// Names one text object: the key under `texts` in a home.
    TextId
);
random_id!(
    /// Names one connection's presence stream.
    PresenceId
);

/// Position in a board's log on one relay; the first entry has 1. Rising, not always without gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = NoteId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_wrong_id_says_what_was_expected() {
        let error = "köksbord".parse::<NoteId>().unwrap_err();
        assert_eq!(error.length, 32);
        assert!(error.to_string().contains("köksbord"));
        assert!("ABCDEF".parse::<BoardId>().is_err());
    }
}
