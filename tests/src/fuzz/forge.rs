//! A board whose keys everybody has, and what a member with a program of their own can seal and sign with them.
//!
//! A mutated envelope ends at its signature. Sealed and signed again, its header and its body get as far as those of
//! a member who does not keep the rules.

use std::sync::OnceLock;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::{Signer, SigningKey};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use samsyn_shared::board::{Board, Command, Draft, changes_in};
use samsyn_shared::ids::{BoardId, ChangeHash, NoteId, PersonId, RuleId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::seal::{BoardKeys, Header, Kind, KindName, Role, VerifyKeys};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::time::{Monotonic, Now, UnixMillis};
use sha2::{Digest, Sha256};

use super::script::Steps;

const SEED: [u8; 32] = [5; 32];
/// Where an envelope's header says whose key signed it, and of which board it is.
const ROLE: usize = 6;
const BOARD: std::ops::Range<usize> = 7..39;

/// When everything happens.
pub(super) const NOW: Now = Now {
    wall: UnixMillis(1_790_000_000_000),
    monotonic: Monotonic(1_000_000),
};
pub(super) const WALL: SectionId = SectionId([1; 16]);
pub(super) const NOTE: NoteId = NoteId([2; 16]);

/// The board, its keys by role, and its keys for those who make their own.
pub(super) struct Fixture {
    pub(super) board: BoardId,
    pub(super) verify: VerifyKeys,
    /// Facilitator, participant, observer who has learnt the verify keys.
    pub(super) roles: [BoardKeys; 3],
    signing: [SigningKey; 2],
    bodies: [u8; 32],
    parts: [u8; 32],
    registers: [u8; 32],
    presence: [u8; 32],
    /// The changes of a lively small board, dependencies first.
    pub(super) changes: Vec<(ChangeHash, Vec<u8>)>,
    /// The same as one document.
    pub(super) saved: Vec<u8>,
    /// Genesis and the board's home.
    pub(super) fixed: Vec<Vec<u8>>,
}

/// The one there is.
pub(super) fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(Fixture::new)
}

/// Makes what is made once, so that nobody counts its memory.
pub(super) fn warm() {
    fixture();
}

pub(super) fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

impl Fixture {
    fn new() -> Self {
        let facilitator = BoardKeys::facilitator(SEED.into());
        let member = |role| {
            let code = facilitator.link(role).expect("a facilitator has all links");
            BoardKeys::from_link(&code).expect("its own code")
        };
        let verify = facilitator.verify_keys().expect("a facilitator has them");
        let mut observer = member(Role::Observer);
        observer.learn(verify).expect("the board's own keys");
        let participant_seed = blake3::derive_key("samsyn/1 participant seed", &SEED);
        let content = blake3::derive_key("samsyn/1 content key", &participant_seed);
        let signing =
            |context, seed: &[u8]| SigningKey::from_bytes(&blake3::derive_key(context, seed));
        let key = |context| blake3::derive_key(context, &content);
        let board = facilitator.board();
        let (changes, saved) = lively(board);
        let fixed = changes_in(&Board::new(board).save()).expect("a board's own document");
        Self {
            board,
            verify,
            signing: [
                signing("samsyn/1 facilitator signing key", &SEED),
                signing("samsyn/1 participant signing key", &participant_seed),
            ],
            bodies: key("samsyn/1 board"),
            parts: key("samsyn/1 snapshot parts"),
            registers: key("samsyn/1 register"),
            presence: key("samsyn/1 presence"),
            roles: [facilitator.clone(), member(Role::Participant), observer],
            changes,
            fixed,
            saved,
        }
    }

    /// The keys of the role that a byte chooses.
    pub(super) fn role(&self, which: u8) -> &BoardKeys {
        let [facilitator, participant, observer] = &self.roles;
        match which % 3 {
            0 => facilitator,
            1 => participant,
            _ => observer,
        }
    }

    fn signer(&self, role: Role) -> &SigningKey {
        let [facilitator, participant] = &self.signing;
        match role {
            Role::Facilitator => facilitator,
            Role::Participant | Role::Observer => participant,
        }
    }

    /// The envelope whose header and open body these bytes are, made by who may; none if they have no header.
    pub(super) fn resealed(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let (header, body) = Header::parse(plain).ok()?;
        let mut bytes = plain.strip_suffix(body)?.to_vec();
        let name = header.kind.name();
        let role = if name.may_be_made_by(header.role) {
            header.role
        } else {
            Role::Facilitator
        };
        *bytes.get_mut(ROLE)? = role.code();
        bytes.get_mut(BOARD)?.copy_from_slice(self.board.as_bytes());
        let key = match name {
            KindName::Register => &self.registers,
            KindName::Changes | KindName::Snapshot | KindName::Final => &self.bodies,
        };
        Some(self.sealed(role, key, bytes, body))
    }

    fn sealed(&self, role: Role, key: &[u8; 32], header: Vec<u8>, body: &[u8]) -> Vec<u8> {
        let sealed = cipher(key, &header, body);
        let mut bytes = header;
        bytes.extend_from_slice(&sealed);
        let message = [
            b"samsyn/envelope/1".as_slice(),
            blake3::hash(&bytes).as_bytes(),
        ]
        .concat();
        bytes.extend_from_slice(&self.signer(role).sign(&message).to_bytes());
        bytes
    }

    /// What of an envelope of a member can be sealed again: its header and its open body.
    pub(super) fn opened(&self, envelope: &[u8]) -> Vec<u8> {
        let verified = self.verify.verify(envelope).expect("one of ours");
        let [facilitator, ..] = &self.roles;
        let body = facilitator.open(&verified).expect("one of ours");
        let (_, sealed) = Header::parse(envelope).expect("one of ours");
        let header = envelope.strip_suffix(sealed).unwrap_or_default();
        [header, &body].concat()
    }

    /// A snapshot of any contents: the parts sealed, and the manifest with their hashes.
    /// `plain` begins with a header of a kind that has parts; its own parts are passed over.
    pub(super) fn snapshot(&self, plain: &[u8], body: &[u8]) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
        let (header, manifest) = Header::parse(plain).ok()?;
        let listed = header.kind.parts().len();
        let before = plain.strip_suffix(manifest)?;
        let mut before = before.get(..before.len() - listed * 32 - 2)?.to_vec();
        match header.kind {
            Kind::Snapshot(_) | Kind::Final(_) => {}
            Kind::Changes | Kind::Register(_) => return None,
        }
        *before.get_mut(ROLE)? = Role::Facilitator.code();
        before
            .get_mut(BOARD)?
            .copy_from_slice(self.board.as_bytes());
        let count = body.chunks(64 * 1024).count();
        before.extend_from_slice(&u16::try_from(count).ok()?.to_le_bytes());
        let parts: Vec<Vec<u8>> = (0_u16..)
            .zip(body.chunks(64 * 1024))
            .map(|(index, part)| {
                let last = u8::from(usize::from(index) + 1 == count);
                let aad = [before.as_slice(), &index.to_le_bytes(), &[last]].concat();
                cipher(&self.parts, &aad, part)
            })
            .collect();
        let hashes = parts.iter().flat_map(|part| *blake3::hash(part).as_bytes());
        let header: Vec<u8> = before.iter().copied().chain(hashes).collect();
        let envelope = self.sealed(Role::Facilitator, &self.bodies, header, manifest);
        Some((envelope, parts))
    }

    /// A presence frame of any contents, signed by that role.
    pub(super) fn presence(&self, role: Role, body: &[u8]) -> Vec<u8> {
        let start = [1, role.code()];
        let aad = [start.as_slice(), self.board.as_bytes()].concat();
        let mut frame = [start.as_slice(), &cipher(&self.presence, &aad, body)].concat();
        if role != Role::Observer {
            let hash = blake3::hash(&[self.board.as_bytes(), frame.as_slice()].concat());
            let message = [b"samsyn/presence/1".as_slice(), hash.as_bytes()].concat();
            frame.extend_from_slice(&self.signer(role).sign(&message).to_bytes());
        }
        frame
    }
}

fn cipher(key: &[u8; 32], aad: &[u8], msg: &[u8]) -> Vec<u8> {
    let hash = blake3::keyed_hash(key, msg);
    let (nonce, _) = hash.as_bytes().split_first_chunk::<24>().expect("32 bytes");
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher.encrypt(&(*nonce).into(), Payload { msg, aad });
    [nonce.as_slice(), &sealed.expect("small bodies are sealed")].concat()
}

/// A wall with notes and a rule by two people who write at once.
fn lively(id: BoardId) -> (Vec<(ChangeHash, Vec<u8>)>, Vec<u8>) {
    let mut rng = rng();
    let (mut one, mut other) = (Board::new(id), Board::new(id));
    let note = |id, text: &str| Command::AddNote {
        id,
        section: WALL,
        quadrant: None,
        text: text.to_owned(),
        at: Position { x: 10, y: 20 },
        colour: Colour::Pink,
        author: Some(PersonId([9; 16])),
    };
    let mut done = |board: &mut Board, command| {
        let committed = board.commit(NOW.wall, &mut rng, &[command]);
        committed.expect("a good command").changes
    };
    let wall = Command::AddSection {
        id: WALL,
        kind: SectionKind::Notes,
        title: "Vägg".to_owned(),
        after: None,
    };
    let mut first = done(&mut one, wall);
    first.extend(done(&mut one, note(NOTE, "hej")));
    let chunks: Vec<&[u8]> = first.iter().map(|(_, chunk)| chunk.as_slice()).collect();
    other.receive(&chunks);
    let text = one.view().notes.get(&NOTE).and_then(|note| note.text);
    let typed = |own: &str| {
        Command::CommitDraft(Draft {
            text: text.expect("a note has a text"),
            base_revision: None,
            base: "hej".to_owned(),
            own: own.to_owned(),
            edits: Vec::new(),
        })
    };
    let theirs = done(&mut other, typed("hå 👩‍👩‍👧"));
    done(&mut one, typed("hejsan"));
    let chunks: Vec<&[u8]> = theirs.iter().map(|(_, chunk)| chunk.as_slice()).collect();
    one.receive(&chunks);
    done(&mut one, note(NoteId([3; 16]), "två"));
    let rule = Command::AddRule {
        id: RuleId([4; 16]),
        section: WALL,
        text: "Vi lyssnar klart".to_owned(),
        why: String::new(),
        shows_as: String::new(),
        author: None,
    };
    done(&mut one, rule);
    let hashes = one.changes_after(&[]).into_iter();
    let changes = hashes.filter_map(|hash| Some((hash, one.chunk(&hash)?)));
    (changes.collect(), one.save())
}

/// A chunk of automerge with its length and checksum made right, so that damage gets past them; its hash.
pub(super) fn mended(chunk: &[u8]) -> (ChangeHash, Vec<u8>) {
    let (magic, rest) = chunk.split_at(chunk.len().min(4));
    let rest = rest.get(4..).unwrap_or_default();
    let (kind, rest) = rest.split_first().unwrap_or((&1, &[]));
    let length = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let data = rest.get(length..).unwrap_or_default();
    // Of a compressed change it is the change that is hashed.
    let inflated = (*kind == 2)
        .then(|| miniz_oxide::inflate::decompress_to_vec_with_limit(data, 128 << 10).ok())
        .flatten();
    let hashed = match &inflated {
        Some(data) => [[1].as_slice(), &leb(data.len()), data].concat(),
        None => [[*kind].as_slice(), &leb(data.len()), data].concat(),
    };
    let hash: [u8; 32] = Sha256::digest(&hashed).into();
    let (sum, _) = hash.split_first_chunk::<4>().expect("32 bytes");
    let chunk = [magic, sum, &[*kind], &leb(data.len()), data].concat();
    (ChangeHash(hash), chunk)
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}

/// The chunks that steps describe: 0 as it is, 1 mended, 2 one of the lively board's.
pub(super) fn chunks(steps: Steps<'_>) -> Vec<(ChangeHash, Vec<u8>)> {
    steps
        .map(|(kind, bytes)| match kind % 3 {
            0 => (mended(bytes).0, bytes.to_vec()),
            1 => mended(bytes),
            _ => {
                let changes = &fixture().changes;
                let which = bytes.first().map_or(0, |it| usize::from(*it));
                let known = changes.get(which % changes.len());
                known.cloned().expect("below their number")
            }
        })
        .collect()
}
