//! Promises of the wire format.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may"
)]

use proptest::prelude::*;

use super::*;
use crate::ids::{BoardId, EnvelopeHash, Epoch, Seq};

fn every_message() -> Vec<Message> {
    let keys = Keys {
        facilitator: [1; 32],
        participant: [2; 32],
    };
    let position = Position {
        epoch: Epoch([3; 16]),
        cursor: Seq(u64::MAX),
        chain: Chain([4; 32]),
    };
    let (seq, prev, chain) = (Seq(9), Seq(7), Chain([5; 32]));
    let (reference, envelope) = (PushRef(6), Bytes::from([7; 300].as_slice()));
    let limits = Limits {
        envelope: 1,
        boards: 2,
        in_flight: 3,
    };
    let manifest = EnvelopeHash([4; 32]);
    let base = Base {
        covers: seq,
        chain,
        manifest: envelope.clone(),
    };
    let mut messages = vec![
        Message::Hello(Hello {
            version: 1,
            oldest: 1,
        }),
        Message::Welcome(Welcome {
            version: 1,
            time: -5,
            limits,
            challenge: [8; 32],
        }),
        Message::Open(Open {
            board: BoardId([9; 32]),
            from: Some(position),
            keys: Some(keys),
            without: Some(EnvelopeHash([6; 32])),
        }),
        Message::Open(Open {
            board: BoardId([9; 32]),
            from: None,
            keys: None,
            without: None,
        }),
        Message::Opened(Opened {
            epoch: Epoch([1; 16]),
            keys,
            base: Some(base),
            reset: true,
        }),
        Message::Opened(Opened {
            epoch: Epoch([1; 16]),
            keys,
            base: None,
            reset: false,
        }),
        Message::Push(Push {
            reference,
            envelope: envelope.clone(),
            expect: Some(seq),
        }),
        Message::Ack(Ack { reference, seq }),
        Message::Item(Item {
            seq,
            prev,
            chain,
            envelope: envelope.clone(),
        }),
        Message::Own(Own {
            reference,
            seq,
            prev,
            chain,
        }),
        Message::CaughtUp(CaughtUp {}),
        Message::Presence(Presence {
            sealed: envelope.clone(),
        }),
        Message::SnapshotWanted(SnapshotWanted { request: u64::MAX }),
        Message::Declined(Declined { request: 1 }),
        Message::Part(Part {
            manifest,
            index: 5,
            bytes: envelope.clone(),
        }),
        Message::PartWanted(PartWanted {
            manifest,
            index: u16::MAX,
        }),
        Message::SnapshotConfirmed(SnapshotConfirmed {
            manifest,
            signature: [3; 64],
        }),
        Message::BaseTaken(BaseTaken { manifest }),
        Message::Register(Register { envelope }),
        Message::Close(Close {
            code: CloseCode::Other(500),
            retry_after_ms: None,
        }),
        Message::Ping(Ping {}),
        Message::Pong(Pong { time: Some(1) }),
        Message::NeedKeys(NeedKeys {}),
        Message::Reserved(19),
    ];
    for retry in [Retry::Never, Retry::AfterMs(1), Retry::OnState] {
        messages.push(Message::Reject(Reject {
            reference,
            code: RejectCode::Paused,
            retry,
        }));
    }
    messages
}

#[test]
fn every_message_survives_its_bytes() {
    for message in every_message() {
        let channel = Channel(77);
        let bytes = encode(channel, &message);
        assert_eq!(
            decode(&bytes),
            Ok(Decoded::Frame(Frame { channel, message }))
        );
    }
}

/// The numbers and keys are the format: this changes only with the version.
#[test]
fn the_bytes_of_a_push_stay_as_they_are() {
    let push = Push {
        reference: PushRef(1),
        envelope: Bytes::from([0xab].as_slice()),
        expect: None,
    };
    let bytes = encode(Channel(2), &Message::Push(push));
    assert_eq!(
        base16ct::lower::encode_string(&bytes),
        "a3000501020 2a200010141ab".replace(' ', "")
    );
    let open = Open {
        board: BoardId([0; 32]),
        from: None,
        keys: None,
        without: None,
    };
    let bytes = encode(Channel(1), &Message::Open(open));
    assert_eq!(bytes[..9], [0xa3, 0, 3, 1, 1, 2, 0xa1, 0, 0x58]);
}

#[test]
fn a_frame_of_the_largest_envelope_fits() {
    let envelope = vec![1; MAX_ENVELOPE].into();
    let item = Item {
        seq: Seq(u64::MAX),
        prev: Seq(u64::MAX),
        chain: Chain([9; 32]),
        envelope,
    };
    let bytes = encode(Channel(u32::MAX), &Message::Item(item));
    assert!(bytes.len() <= MAX_FRAME);
    assert!(decode(&bytes).is_ok());
}

#[test]
fn a_frame_over_the_limit_is_not_even_read() {
    assert_eq!(
        decode(&vec![0; MAX_FRAME + 1]),
        Err(WireError::TooLong(MAX_FRAME + 1))
    );
}

#[test]
fn unknown_keys_are_ignored() {
    // {0: 6, 1: 2, 2: {0: 1, 1: 9, 100: "new"}, 7: [1, 2]}
    let mut bytes = vec![0xa4, 0, 6, 1, 2, 2, 0xa3, 0, 1, 1, 9, 0x18, 100, 0x63];
    bytes.extend_from_slice(b"new");
    bytes.extend_from_slice(&[7, 0x82, 1, 2]);
    let ack = Message::Ack(Ack {
        reference: PushRef(1),
        seq: Seq(9),
    });
    assert_eq!(
        decode(&bytes),
        Ok(Decoded::Frame(Frame {
            channel: Channel(2),
            message: ack
        }))
    );
}

#[test]
fn a_type_of_a_later_version_is_skipped_and_one_that_cannot_be_is_not() {
    let frame = |number: u8| {
        [
            vec![0xa3, 0, 0x18, number, 1, 1, 2],
            vec![0xa1, 0, 0x82, 1, 2],
        ]
        .concat()
    };
    assert_eq!(decode(&frame(128)), Ok(Decoded::Skipped { number: 128 }));
    assert_eq!(decode(&frame(255)), Ok(Decoded::Skipped { number: 255 }));
    assert_eq!(decode(&frame(127)), Err(WireError::UnknownType(127)));
}

#[test]
fn a_reason_without_a_name_is_kept_and_an_unknown_retry_waits() {
    // {0: 7, 1: 1, 2: {0: 4, 1: 999, 2: {0: 9}}}
    let bytes = [
        0xa3, 0, 7, 1, 1, 2, 0xa3, 0, 4, 1, 0x19, 3, 0xe7, 2, 0xa1, 0, 9,
    ];
    let Ok(Decoded::Frame(Frame {
        message: Message::Reject(reject),
        ..
    })) = decode(&bytes)
    else {
        panic!("not a rejection");
    };
    assert_eq!(
        (reject.code, reject.retry),
        (RejectCode::Other(999), Retry::AfterMs(60_000))
    );
}

#[test]
fn the_chain_is_the_hash_of_the_chain_and_the_envelope() {
    let (chain, hash) = (Chain([1; 32]), EnvelopeHash([2; 32]));
    let expected = blake3::hash(&[[1; 32], [2; 32]].concat());
    assert_eq!(chain_after(&chain, &hash).0, *expected.as_bytes());
}

proptest! {
    #[test]
    fn garbage_is_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn damage_anywhere_in_a_frame_is_an_error_or_another_frame(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let messages = every_message();
        let mut bytes = encode(Channel(1), which.get(&messages));
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(Decoded::Frame(frame)) = decode(&bytes) {
            // What is read can be said again and means the same.
            let again = encode(frame.channel, &frame.message);
            prop_assert_eq!(decode(&again), Ok(Decoded::Frame(frame)));
        }
    }

    /// A length in the frame that is larger than the frame allocates nothing.
    #[test]
    fn a_lying_length_is_an_error(length in 1_000_u32..) {
        let mut bytes = vec![0xa3, 0, 5, 1, 1, 2, 0xa2, 0, 1, 1, 0x5a];
        bytes.extend_from_slice(&length.to_be_bytes());
        prop_assert!(decode(&bytes).is_err());
    }

    #[test]
    fn deep_nesting_is_skipped_or_refused_without_deep_recursion(depth in 1_usize..100_000) {
        let mut bytes = vec![0xa4, 0, 6, 1, 2, 2, 0xa2, 0, 1, 1, 9, 7];
        bytes.extend(std::iter::repeat_n(0x81, depth));
        bytes.push(0);
        prop_assert!(decode(&bytes).is_ok());
    }
}
