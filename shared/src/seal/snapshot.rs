//! Snapshots: a whole board in sealed parts of 64 KiB, and the signed manifest that lists them.
//!
//! ```text
//! part      nonce:24 ‖ XChaCha20-Poly1305(≤ 64 KiB of the body)
//!           additional data: header up to the parts' hashes ‖ index:u16 ‖ last:u8
//! manifest  an envelope of kind `snapshot` or `final`; its header lists BLAKE3 of each part,
//!           so that a relay can check and resume them, and its sealed body is a CBOR `Manifest`
//! body      CBOR `SnapshotBody`, cut into the parts
//! ```

use super::Role;
use super::envelope::{NONCE, TAG, Verified, check_size, open_bytes};
use super::error::{EnvelopeError, SealError};
use super::header::{FinalHeader, Header, Kind, MAX_PARTS, SnapshotHeader};
use super::keys::{BoardKeys, VerifyKeys};
use crate::ids::{ChangeHash, EnvelopeHash, PartHash};

const CONFIRMED: &[u8] = b"samsyn/confirm/1";

/// The most bytes of the body in one part.
pub const PART: usize = 64 * 1024;
/// The most bytes of a sealed part.
pub const MAX_SEALED_PART: usize = PART + NONCE + TAG;
/// The most changes a manifest may list, heads and waiting ones together.
pub const MAX_MANIFEST_HEADS: usize = 4096;

/// What the members of a board read in a snapshot's envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The heads of the document in the snapshot; at most `MAX_MANIFEST_HEADS`.
    pub heads: Vec<ChangeHash>,
    /// How many changes are their ancestors, themselves included.
    pub count: u64,
    /// The changes that wait for others; with the heads at most `MAX_MANIFEST_HEADS`.
    pub waiting: Vec<ChangeHash>,
}

/// What the parts hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotBody {
    /// All changes in [blocks](super::blocks). Not the document as automerge saves it: that would have to be read by
    /// automerge, which stops on bytes that somebody with a link can make. Each change of a block passes admission.
    pub blocks: Vec<Vec<u8>>,
    /// Chunks of changes that wait for others, verbatim.
    pub waiting: Vec<Vec<u8>>,
}

/// A snapshot ready to be sent: the signed envelope, and the parts in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Goes first: it lists the parts.
    pub envelope: Vec<u8>,
    /// The sealed parts.
    pub parts: Vec<Vec<u8>>,
}

/// The hash by which a header lists a part.
#[must_use]
pub fn part_hash(part: &[u8]) -> PartHash {
    PartHash(*blake3::hash(part).as_bytes())
}

impl Verified {
    /// Whether `part` is the one that the header lists at `index`; a relay asks this before it stores one.
    #[must_use]
    pub fn lists_part(&self, index: usize, part: &[u8]) -> bool {
        self.header().kind.parts().get(index) == Some(&part_hash(part))
    }
}

impl VerifyKeys {
    /// Whether somebody who may write on the board signed that they confirm the snapshot, on this connection.
    #[must_use]
    pub fn confirms(
        &self,
        challenge: &[u8; 32],
        manifest: &EnvelopeHash,
        signature: &[u8; 64],
    ) -> bool {
        let message = confirmation(challenge, manifest);
        [Role::Participant, Role::Facilitator]
            .into_iter()
            .any(|role| self.signed(role, &message, signature))
    }
}

/// What is signed to confirm a snapshot: `"samsyn/confirm/1" ‖ challenge ‖ manifest`.
fn confirmation(challenge: &[u8; 32], manifest: &EnvelopeHash) -> Vec<u8> {
    [CONFIRMED, challenge, manifest.as_bytes()].concat()
}

impl BoardKeys {
    /// Signs that a snapshot is right; none for observers.
    #[must_use]
    pub fn confirm(&self, challenge: &[u8; 32], manifest: &EnvelopeHash) -> Option<[u8; 64]> {
        self.sign(&confirmation(challenge, manifest))
    }

    /// Seals a snapshot; `header.parts` is filled in here.
    ///
    /// # Errors
    /// For observers, and over `MAX_PARTS` parts or `MAX_MANIFEST_HEADS` heads.
    pub fn seal_snapshot(
        &self,
        header: &SnapshotHeader,
        manifest: &Manifest,
        body: &SnapshotBody,
    ) -> Result<Sealed, SealError> {
        let kind = |parts| {
            Kind::Snapshot(SnapshotHeader {
                parts,
                ..header.clone()
            })
        };
        self.seal_in_parts(kind, manifest, body)
    }

    /// Seals the snapshot that a board is finished with; `header.parts` is filled in here. Facilitators only.
    ///
    /// # Errors
    /// For other roles, and over the limits of `seal_snapshot`.
    pub fn seal_final(
        &self,
        header: &FinalHeader,
        manifest: &Manifest,
        body: &SnapshotBody,
    ) -> Result<Sealed, SealError> {
        let kind = |parts| {
            Kind::Final(FinalHeader {
                parts,
                ..header.clone()
            })
        };
        self.seal_in_parts(kind, manifest, body)
    }

    /// Opens the manifest of a snapshot.
    ///
    /// # Errors
    /// If it is no snapshot of this board, or its body does not read.
    pub fn open_manifest(&self, verified: &Verified) -> Result<Manifest, EnvelopeError> {
        Manifest::decode(&self.open(verified)?)
    }

    /// Opens one part of a snapshot; the concatenation of all parts is the body.
    ///
    /// # Errors
    /// `WrongPart` if the header does not list these bytes at `index`, `CannotOpen` if they were sealed wrongly.
    pub fn open_part(
        &self,
        verified: &Verified,
        index: usize,
        part: &[u8],
    ) -> Result<Vec<u8>, EnvelopeError> {
        if !verified.lists_part(index, part) {
            return Err(EnvelopeError::WrongPart(index));
        }
        let aad = part_aad(verified.header(), index);
        open_bytes(&self.content.parts, &aad, part).ok_or(EnvelopeError::CannotOpen)
    }

    fn seal_in_parts(
        &self,
        kind: impl Fn(Vec<PartHash>) -> Kind,
        manifest: &Manifest,
        body: &SnapshotBody,
    ) -> Result<Sealed, SealError> {
        check_size(
            "the number of heads",
            manifest.heads.len().saturating_add(manifest.waiting.len()),
            MAX_MANIFEST_HEADS,
        )?;
        let body = body.encode();
        let count = body.len().div_ceil(PART);
        check_size("the number of parts", count, MAX_PARTS)?;
        let unsealed = Header {
            board: self.board(),
            role: self.role(),
            kind: kind(vec![PartHash([0; 32]); count]),
        };
        let parts = (0..count)
            .zip(body.chunks(PART))
            .map(|(index, plain)| self.seal_part(&unsealed, index, plain))
            .collect::<Result<Vec<_>, _>>()?;
        let hashes = parts.iter().map(|part| part_hash(part)).collect();
        let envelope = self.seal(kind(hashes), &manifest.encode())?;
        Ok(Sealed { envelope, parts })
    }

    fn seal_part(&self, header: &Header, index: usize, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal_bytes(&self.content.parts, &part_aad(header, index), plain)
    }
}

/// A part is bound to its snapshot, its place, and whether another follows, so that none is dropped or moved.
fn part_aad(header: &Header, index: usize) -> Vec<u8> {
    let mut aad = header.encode_before_parts();
    let last = index + 1 == header.kind.parts().len();
    aad.extend_from_slice(&u16::try_from(index).unwrap_or(u16::MAX).to_le_bytes());
    aad.push(u8::from(last));
    aad
}

impl Manifest {
    /// CBOR `{0: [heads], 1: count, 2: [waiting]}`.
    fn encode(&self) -> Vec<u8> {
        let mut out = minicbor::Encoder::new(Vec::new());
        let bytes = |hashes: &[ChangeHash]| {
            let arrays = hashes.iter().map(|hash| hash.0.into());
            arrays.collect::<Vec<minicbor::bytes::ByteArray<32>>>()
        };
        let (heads, waiting) = (bytes(&self.heads), bytes(&self.waiting));
        written(out.map(3).and_then(|out| {
            out.u8(0)?
                .encode(&heads)?
                .u8(1)?
                .u64(self.count)?
                .u8(2)?
                .encode(&waiting)
        }));
        out.into_writer()
    }

    fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bad = |_| EnvelopeError::BadBody("the manifest");
        Self::read(&mut minicbor::Decoder::new(bytes)).map_err(bad)
    }

    fn read(from: &mut minicbor::Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let mut manifest = Self {
            heads: Vec::new(),
            count: 0,
            waiting: Vec::new(),
        };
        for _ in 0..definite(from.map()?)? {
            match from.u64()? {
                0 => manifest.heads = read_hashes(from)?,
                1 => manifest.count = from.u64()?,
                2 => manifest.waiting = read_hashes(from)?,
                _ => from.skip()?,
            }
        }
        Ok(manifest)
    }
}

fn read_hashes(
    from: &mut minicbor::Decoder<'_>,
) -> Result<Vec<ChangeHash>, minicbor::decode::Error> {
    let count = definite(from.array()?)?;
    if count > MAX_MANIFEST_HEADS as u64 {
        return Err(minicbor::decode::Error::message("too many heads"));
    }
    (0..count)
        .map(|_| {
            Ok(ChangeHash(
                *from.decode::<minicbor::bytes::ByteArray<32>>()?,
            ))
        })
        .collect()
}

impl SnapshotBody {
    /// CBOR `{0: [blocks], 1: [waiting]}`.
    fn encode(&self) -> Vec<u8> {
        let size: usize = self.blocks.iter().map(Vec::len).sum();
        let mut out = minicbor::Encoder::new(Vec::with_capacity(size + 64));
        let (blocks, waiting) = (slices(&self.blocks), slices(&self.waiting));
        written(
            out.map(2)
                .and_then(|out| out.u8(0)?.encode(&blocks)?.u8(1)?.encode(&waiting)),
        );
        out.into_writer()
    }

    /// Reads the parts of a snapshot, opened and put together again.
    ///
    /// # Errors
    /// `BadBody` if they are not a snapshot's body.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bad = |_| EnvelopeError::BadBody("the snapshot");
        Self::read(&mut minicbor::Decoder::new(bytes)).map_err(bad)
    }

    fn read(from: &mut minicbor::Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let mut body = Self::default();
        for _ in 0..definite(from.map()?)? {
            match from.u64()? {
                0 => body.blocks = read_all(from)?,
                1 => body.waiting = read_all(from)?,
                _ => from.skip()?,
            }
        }
        Ok(body)
    }
}

fn slices(all: &[Vec<u8>]) -> Vec<&minicbor::bytes::ByteSlice> {
    all.iter().map(|bytes| bytes.as_slice().into()).collect()
}

fn read_all(from: &mut minicbor::Decoder<'_>) -> Result<Vec<Vec<u8>>, minicbor::decode::Error> {
    let count = definite(from.array()?)?;
    (0..count)
        .map(|_| from.bytes().map(<[u8]>::to_vec))
        .collect()
}

fn definite(count: Option<u64>) -> Result<u64, minicbor::decode::Error> {
    count.ok_or_else(|| minicbor::decode::Error::message("indefinite length"))
}

/// Writing to a `Vec` cannot fail; this says so to the type checker.
fn written<T>(result: Result<T, minicbor::encode::Error<std::convert::Infallible>>) {
    debug_assert!(result.is_ok());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Chain, Epoch, Seq};
    use crate::seal::testing::three_roles;
    use crate::seal::{KindName, Role};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn header() -> SnapshotHeader {
        SnapshotHeader {
            request: 4,
            epoch: Epoch([1; 16]),
            covers: Seq(90),
            chain: Chain([2; 32]),
            parts: vec![],
        }
    }

    fn manifest() -> Manifest {
        Manifest {
            heads: vec![ChangeHash([3; 32]), ChangeHash([4; 32])],
            count: 1200,
            waiting: vec![ChangeHash([5; 32])],
        }
    }

    /// Three parts, and two waiting chunks at their end.
    fn body() -> SnapshotBody {
        let pack = (0..75_000_u32)
            .map(|n| (n % 251) as u8)
            .collect::<Vec<u8>>();
        SnapshotBody {
            blocks: vec![pack.clone(), pack],
            waiting: vec![b"one".to_vec(), b"two".to_vec()],
        }
    }

    #[test]
    fn a_snapshot_comes_out_as_it_went_in() {
        let [facilitator, participant, observer] = three_roles(1);
        let sealed = participant
            .seal_snapshot(&header(), &manifest(), &body())
            .unwrap();
        assert_eq!(sealed.parts.len(), 3);
        let verified = facilitator
            .verify_keys()
            .unwrap()
            .verify(sealed.envelope)
            .unwrap();
        assert_eq!(observer.open_manifest(&verified).unwrap(), manifest());
        let opened: Vec<u8> = sealed
            .parts
            .iter()
            .enumerate()
            .flat_map(|(index, part)| observer.open_part(&verified, index, part).unwrap())
            .collect();
        assert_eq!(SnapshotBody::decode(&opened).unwrap(), body());
        assert!(
            sealed
                .parts
                .iter()
                .all(|part| part.len() <= MAX_SEALED_PART)
        );
    }

    #[test]
    fn a_part_counts_in_its_own_place_only() {
        let [facilitator, participant, _] = three_roles(1);
        let sealed = participant
            .seal_snapshot(&header(), &manifest(), &body())
            .unwrap();
        let verified = facilitator
            .verify_keys()
            .unwrap()
            .verify(sealed.envelope)
            .unwrap();
        let part = &sealed.parts[0];
        assert_eq!(
            facilitator.open_part(&verified, 1, part),
            Err(EnvelopeError::WrongPart(1))
        );
        assert_eq!(
            facilitator.open_part(&verified, 3, part),
            Err(EnvelopeError::WrongPart(3))
        );
        let mut damaged = part.clone();
        damaged[40] ^= 1;
        assert!(!verified.lists_part(0, &damaged));
        let aad = part_aad(verified.header(), 1);
        assert_eq!(open_bytes(&facilitator.content.parts, &aad, part), None);
    }

    #[test]
    fn a_confirmation_counts_for_one_connection_and_one_snapshot() {
        let [facilitator, participant, observer] = three_roles(1);
        let keys = facilitator.verify_keys().unwrap();
        let (here, there) = ([5; 32], [6; 32]);
        let (this, that) = (EnvelopeHash([7; 32]), EnvelopeHash([8; 32]));
        for who in [&facilitator, &participant] {
            let signature = who.confirm(&here, &this).unwrap();
            assert!(keys.confirms(&here, &this, &signature));
            assert!(!keys.confirms(&there, &this, &signature));
            assert!(!keys.confirms(&here, &that, &signature));
        }
        assert_eq!(observer.confirm(&here, &this), None);
        let [_, stranger, _] = three_roles(2);
        let signature = stranger.confirm(&here, &this).unwrap();
        assert!(!keys.confirms(&here, &this, &signature));
    }

    #[test]
    fn only_a_facilitator_finishes_a_board() {
        let [facilitator, participant, _] = three_roles(1);
        let header = FinalHeader {
            n: 2,
            heads: manifest().heads,
            parts: vec![],
        };
        let refused = SealError::NotAllowed {
            role: Role::Participant,
            kind: KindName::Final,
        };
        assert_eq!(
            participant.seal_final(&header, &manifest(), &body()),
            Err(refused)
        );
        let sealed = facilitator
            .seal_final(&header, &manifest(), &body())
            .unwrap();
        let verified = facilitator
            .verify_keys()
            .unwrap()
            .verify(sealed.envelope)
            .unwrap();
        let Kind::Final(read) = &verified.header().kind else {
            panic!("{verified:?}")
        };
        assert_eq!(
            (read.n, &read.heads, read.parts.len()),
            (2, &header.heads, 3)
        );
        assert_eq!(participant.open_manifest(&verified).unwrap(), manifest());
    }

    #[test]
    fn a_manifest_skips_what_a_newer_program_adds() {
        let mut out = minicbor::Encoder::new(Vec::new());
        out.map(3).unwrap().u8(9).unwrap().str("ny").unwrap();
        out.u8(1)
            .unwrap()
            .u64(5)
            .unwrap()
            .u8(0)
            .unwrap()
            .array(0)
            .unwrap();
        let read = Manifest::decode(&out.into_writer()).unwrap();
        assert_eq!(
            read,
            Manifest {
                heads: vec![],
                count: 5,
                waiting: vec![]
            }
        );
    }

    #[test]
    fn a_manifest_that_promises_endless_heads_is_refused() {
        let endless = [0xa1, 0x00, 0x9b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            Manifest::decode(&endless),
            Err(EnvelopeError::BadBody("the manifest"))
        );
        let endless = [0xa1, 0x01, 0x9b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            SnapshotBody::decode(&endless),
            Err(EnvelopeError::BadBody("the snapshot"))
        );
    }
}
