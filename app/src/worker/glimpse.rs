//! A board as it was last shown, kept beside it, so that the page has something to draw while the document is read.
//!
//! Pure. It is never a source of truth: the page may not write on it, it is replaced as soon as the document is there,
//! and bytes that are damaged, of another board or of another build of the app are as good as none.

use samsyn_shared::board::View;
use samsyn_shared::ids::BoardId;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::time::Monotonic;

use super::desk::links;
use super::rows::BoardRow;
use crate::core::messages::{FinishStep, LinkState, OpenBoard, SaveState, Standing, Storage};

/// So long, in milliseconds, after the last change the view is kept again.
const SETTLED: u64 = 2_000;
/// So long, in milliseconds, it waits for that at most.
const AT_MOST: u64 = 10_000;

/// Names the build of the app that wrote a view: the bytes are those of this build's types and of no other's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build(pub String);

/// What lies on the disk of a board, to be shown at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// The board's own row.
    pub row: BoardRow,
    /// Its kept view.
    pub view: Vec<u8>,
}

/// The digest of a kept view.
pub type Digest = [u8; blake3::OUT_LEN];

/// The bytes of a view to keep, and their digest, with which they begin.
#[must_use]
pub fn write(build: &Build, view: &View, standing: Standing) -> (Digest, Vec<u8>) {
    let room = vec![0; blake3::OUT_LEN];
    // Writing these plain structs into a growing vector has no way to fail; nothing at all reads back as nothing.
    let mut bytes = postcard::to_extend(&(standing, view), room).unwrap_or_default();
    let digest = match bytes.split_first_chunk_mut() {
        Some((place, body)) => {
            *place = digest(build, view.board, body);
            *place
        }
        None => [0; blake3::OUT_LEN],
    };
    (digest, bytes)
}

fn read(build: &Build, board: BoardId, bytes: &[u8]) -> Option<(Standing, View)> {
    let (kept, body) = bytes.split_first_chunk()?;
    if *kept != digest(build, board, body) {
        return None;
    }
    postcard::from_bytes(body).ok()
}

fn digest(build: &Build, board: BoardId, body: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("samsyn kept view");
    hasher.update(&board.0);
    hasher.update(build.0.as_bytes());
    hasher.update(&[0]);
    hasher.update(body);
    *hasher.finalize().as_bytes()
}

impl Glance {
    /// The board to show, and the digest of what is kept; none if the bytes are not this build's and board's.
    #[must_use]
    pub fn open(self, build: &Build, board: BoardId) -> Option<(Digest, OpenBoard)> {
        let (standing, view) = read(build, board, &self.view)?;
        let kept = *self.view.first_chunk()?;
        let keys = BoardKeys::from_link(&self.row.link).ok()?;
        let open = OpenBoard {
            view,
            title: self.row.title,
            role: keys.role(),
            me: self.row.me,
            links: links(&keys),
            drafts: Vec::new(),
            save: SaveState {
                storage: Storage::Saved,
                unshared: self.row.unshared,
                link: LinkState::Connecting,
                last_shared: self.row.last_shared,
                obstacle: None,
            },
            standing: Standing {
                finishing: FinishStep::No,
                ..standing
            },
        };
        Some((kept, open))
    }
}

/// When the view of an open board is kept again.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// What lies on the disk, as far as is known.
    pub kept: Option<Digest>,
    due: Option<(Monotonic, Monotonic)>,
}

impl Keeping {
    /// What is shown has changed.
    pub fn changed(&mut self, now: Monotonic) {
        let latest = self.due.map_or(now.plus(AT_MOST), |(_, latest)| latest);
        self.due = Some((now.plus(SETTLED).min(latest), latest));
    }

    /// When it is to be kept; none if that has been done.
    #[must_use]
    pub fn due(&self) -> Option<Monotonic> {
        self.due.map(|(due, _)| due)
    }

    /// It is being kept now.
    pub const fn done(&mut self) {
        self.due = None;
    }
}
