//! The one register that a relay reads: whether the board takes changes.

use minicbor::bytes::ByteArray;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};

use crate::ids::{ChangeHash, EnvelopeHash};
use crate::seal::header::{MAX_HEADS, MAX_PUBLIC};

/// Whether a board takes changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BoardState {
    /// It does.
    #[default]
    Open,
    /// Participants wait; facilitators may go on.
    Paused,
    /// It is finished.
    Frozen {
        /// The heads of the document it was finished with; at most `MAX_HEADS`.
        heads: Vec<ChangeHash>,
        /// The envelope of the final snapshot.
        snapshot: EnvelopeHash,
    },
    /// It is gone, for good.
    Deleted,
}

/// Why a state does not read or cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// A state of a newer version.
    #[error("the board is in state {0}, which this program does not know: update it")]
    Unknown(u64),
    /// It is no state.
    #[error("the board's state does not read")]
    Malformed,
    /// More heads than fit.
    #[error("a board with {0} heads cannot be frozen; {MAX_HEADS} are the most")]
    TooManyHeads(usize),
}

impl BoardState {
    /// How much weight it has between editions with the same number; the heaviest wins.
    #[must_use]
    pub const fn weight(&self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Paused => 1,
            Self::Frozen { .. } => 2,
            Self::Deleted => 3,
        }
    }

    /// The public part of the register: CBOR `{0: weight, 1: [heads], 2: snapshot}`.
    ///
    /// # Errors
    /// `TooManyHeads`.
    pub fn encode(&self) -> Result<Vec<u8>, StateError> {
        let mut out = Encoder::new(Vec::new());
        let result = match self {
            Self::Open | Self::Paused | Self::Deleted => {
                out.map(1).and_then(|out| out.u8(0)?.u8(self.weight()))
            }
            Self::Frozen { heads, snapshot } => {
                let heads: Vec<ByteArray<32>> = heads.iter().map(|head| head.0.into()).collect();
                if heads.len() > MAX_HEADS {
                    return Err(StateError::TooManyHeads(heads.len()));
                }
                out.map(3).and_then(|out| {
                    out.u8(0)?
                        .u8(2)?
                        .u8(1)?
                        .encode(&heads)?
                        .u8(2)?
                        .bytes(&snapshot.0)
                })
            }
        };
        result.map_err(|_| StateError::Malformed)?;
        Ok(out.into_writer())
    }

    /// Reads a register's public part.
    ///
    /// # Errors
    /// `Unknown` for a newer state, `Malformed` for anything else that is wrong.
    pub fn decode(public: &[u8]) -> Result<Self, StateError> {
        let fields = Fields::read(public).map_err(|_| StateError::Malformed)?;
        match fields.weight.ok_or(StateError::Malformed)? {
            0 => Ok(Self::Open),
            1 => Ok(Self::Paused),
            2 => Ok(Self::Frozen {
                heads: fields.heads,
                snapshot: fields.snapshot.ok_or(StateError::Malformed)?,
            }),
            3 => Ok(Self::Deleted),
            other => Err(StateError::Unknown(other)),
        }
    }
}

#[derive(Default)]
struct Fields {
    weight: Option<u64>,
    heads: Vec<ChangeHash>,
    snapshot: Option<EnvelopeHash>,
}

impl Fields {
    fn read(public: &[u8]) -> Result<Self, Error> {
        if public.len() > MAX_PUBLIC {
            return Err(Error::message("too long"));
        }
        let mut from = Decoder::new(public);
        let mut fields = Self::default();
        for _ in 0..from.map()?.ok_or_else(|| Error::message("indefinite"))? {
            match from.u64()? {
                0 => fields.weight = Some(from.u64()?),
                1 => fields.heads = read_heads(&mut from)?,
                2 => fields.snapshot = Some(EnvelopeHash(*from.decode::<ByteArray<32>>()?)),
                _ => from.skip()?,
            }
        }
        Ok(fields)
    }
}

fn read_heads(from: &mut Decoder<'_>) -> Result<Vec<ChangeHash>, Error> {
    let count = from.array()?.filter(|count| *count <= MAX_HEADS as u64);
    (0..count.ok_or_else(|| Error::message("too many heads"))?)
        .map(|_| Ok(ChangeHash(*from.decode::<ByteArray<32>>()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_state_survives_its_register() {
        let frozen = |count| BoardState::Frozen {
            heads: vec![ChangeHash([7; 32]); count],
            snapshot: EnvelopeHash([8; 32]),
        };
        for state in [
            BoardState::Open,
            BoardState::Paused,
            frozen(0),
            frozen(MAX_HEADS),
            BoardState::Deleted,
        ] {
            let public = state.encode().unwrap();
            assert!(public.len() <= MAX_PUBLIC);
            assert_eq!(BoardState::decode(&public), Ok(state));
        }
        assert_eq!(
            frozen(MAX_HEADS + 1).encode(),
            Err(StateError::TooManyHeads(MAX_HEADS + 1))
        );
    }

    #[test]
    fn what_is_no_state_is_refused() {
        assert_eq!(
            BoardState::decode(&[0xa1, 0x00, 0x09]),
            Err(StateError::Unknown(9))
        );
        for bytes in [
            &[][..],
            &[0xa0],
            &[0xa1, 0x00],
            &[0xa1, 0x00, 0x02],
            &[0xbf, 0xff],
            &[0xff; 40],
        ] {
            assert_eq!(
                BoardState::decode(bytes),
                Err(StateError::Malformed),
                "{bytes:?}"
            );
        }
    }
}
