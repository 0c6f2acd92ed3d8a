//! Packs hold what automerge really writes: the framing that `pack` leaves out is the framing that it puts back.
#![cfg(feature = "document")]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the pack is tested against automerge itself, not against the board"
)]

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT};
use samsyn_shared::ids::ChangeHash;
use samsyn_shared::seal::pack;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The chunks of a document that one person typed into, change by change.
fn typed(count: usize) -> Vec<(ChangeHash, Vec<u8>)> {
    let mut document = AutoCommit::new().with_actor(ActorId::from([7; 16]));
    for index in 0..count {
        document
            .put(ROOT, "anteckning", format!("Vi möts klockan {index}"))
            .unwrap();
        document.commit();
    }
    let changes = document.get_changes(&[]);
    changes
        .iter()
        .map(|change| (ChangeHash(change.hash().0), change.raw_bytes().to_vec()))
        .collect()
}

#[test]
fn changes_of_automerge_come_out_verbatim_and_travel_light() {
    let changes = typed(40);
    let borrowed: Vec<_> = changes
        .iter()
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    let packed = pack::pack(&borrowed).unwrap();
    let out = pack::unpack(&packed).unwrap();
    assert!(
        out.iter()
            .map(|change| change.chunk.as_slice())
            .eq(borrowed.iter().map(|(_, chunk)| *chunk))
    );
    let raw: usize = changes.iter().map(|(_, chunk)| chunk.len()).sum();
    let plainly_deflated = miniz_oxide::deflate::compress_to_vec(
        &borrowed
            .iter()
            .flat_map(|(_, chunk)| chunk.to_vec())
            .collect::<Vec<_>>(),
        7,
    );
    // Without the dependencies, which no deflate can shrink: 32 bytes a change.
    assert!(
        packed.len() + 39 * 30 < plainly_deflated.len(),
        "{} of {raw}",
        packed.len()
    );
}
