//! The websocket by the letter of RFC 6455, as a server must speak it; each test names its section. The real binary is
//! spoken to over TCP, byte by byte, since the libraries at hand send nothing wrong.
//!
//! Autobahn's test suite, which others use for this, needs Python 2.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use samsyn_shared::sync::wire::{self, Decoded, MAX_FRAME, Message};
use samsyn_tests::raw::{
    ACCEPT, FIN, KEY, Length, Mask, Raw, Received, Sent, Stream, handshake, opcode,
};
use samsyn_tests::relay::Relay;
use tempfile::TempDir;

const BINARY: u8 = FIN | opcode::BINARY;
const TEXT: u8 = FIN | opcode::TEXT;
const PING: u8 = FIN | opcode::PING;
const PONG: u8 = FIN | opcode::PONG;
const CLOSE: u8 = FIN | opcode::CLOSE;
/// Bits that only an extension may set, and none is spoken here.
const RESERVED: [u8; 3] = [0x40, 0x20, 0x10];

struct Server {
    relay: Relay,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let relay = Relay::start(folder.path()).await?;
        Ok(Self {
            relay,
            _folder: folder,
        })
    }

    fn address(&self) -> SocketAddr {
        self.relay.address()
    }

    /// Sends frames to a new connection, which must end with this code, and so that everything is read before the end.
    async fn ends(&self, what: &str, frames: &[Sent<'_>], code: u16) -> Result<()> {
        let mut raw = Raw::upgrade(self.address()).await?;
        let bytes: Vec<u8> = frames.iter().flat_map(Sent::bytes).collect();
        raw.write(&bytes).await?;
        let end = raw.end().await.with_context(|| what.to_owned())?;
        let (found, reason) = end.close.clone().unwrap_or_default();
        assert_eq!(found, code, "{what}: {end:?}");
        assert_eq!(end.stream, Stream::Finished, "{what}");
        assert!(code < 1002 || !reason.is_empty(), "{what}: no words");
        Ok(())
    }

    /// Sends frames to a new connection, which must take them for a greeting.
    async fn greets(&self, what: &str, frames: &[Sent<'_>]) -> Result<Raw> {
        let mut raw = Raw::upgrade(self.address()).await?;
        let bytes: Vec<u8> = frames.iter().flat_map(Sent::bytes).collect();
        raw.write(&bytes).await?;
        let (_, first) = raw.hear().await?.with_context(|| what.to_owned())?;
        assert!(matches!(first, Message::Welcome(_)), "{what}: {first:?}");
        Ok(raw)
    }

    async fn answer(&self, request: &str) -> Result<String> {
        let mut raw = Raw::connect(self.address()).await?;
        raw.write(request.as_bytes()).await?;
        raw.head().await
    }
}

/// A greeting of so many bytes, 14 at least: what it is filled with is under a key that no version knows.
fn hello(size: usize) -> Vec<u8> {
    let head = [0xA3, 0, 1, 1, 0, 2];
    if size < 20 {
        return [head.as_slice(), &[0xA2, 0, 1, 1, 1]].concat();
    }
    let filled = size - head.len() - 12;
    let length = u32::try_from(filled).unwrap_or(0).to_be_bytes();
    let body = [0xA3, 0, 1, 1, 1, 0x18, 99, 0x5A];
    let filler = vec![7; filled];
    [head.as_slice(), &body, &length, &filler].concat()
}

fn frame(first: u8, payload: &[u8]) -> Sent<'_> {
    Sent::new(first, payload)
}

#[test]
fn a_greeting_has_the_size_it_should_have() {
    for size in [20, 125, 126, 65_536, MAX_FRAME] {
        assert_eq!(hello(size).len(), size);
        let decoded = wire::decode(&hello(size));
        assert!(matches!(decoded, Ok(Decoded::Frame(_))), "{decoded:?}");
    }
}

#[tokio::test]
async fn section_4_2_2_a_handshake_is_accepted_with_the_key_that_proves_it() -> Result<()> {
    let server = Server::start().await?;
    let answer = server
        .answer(&format!("{}\r\n", handshake(server.address())))
        .await?;
    let lower = answer.to_ascii_lowercase();
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains(ACCEPT), "{answer}");
    assert!(
        lower.contains("\r\nconnection: upgrade\r\n")
            && lower.contains("\r\nupgrade: websocket\r\n")
    );
    for not_asked in ["sec-websocket-extensions", "sec-websocket-protocol"] {
        assert!(!lower.contains(not_asked), "{answer}");
    }
    let offers = "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n";
    let answer = server
        .answer(&format!("{}{offers}\r\n", handshake(server.address())))
        .await?;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(
        !answer
            .to_ascii_lowercase()
            .contains("sec-websocket-extensions"),
        "{answer}"
    );
    Ok(())
}

#[tokio::test]
async fn section_4_2_1_a_handshake_that_lacks_something_is_refused() -> Result<()> {
    let server = Server::start().await?;
    let good = handshake(server.address());
    let host = format!("Host: {}\r\n", server.address());
    let key = format!("Sec-WebSocket-Key: {KEY}\r\n");
    for (what, from, to, status) in [
        ("another method", "GET", "POST", "405"),
        ("no body is asked for", "GET", "HEAD", "426"),
        ("an old HTTP", "HTTP/1.1", "HTTP/1.0", "400"),
        ("no host", host.as_str(), "", "400"),
        ("no upgrade", "Upgrade: websocket\r\n", "", "426"),
        (
            "another upgrade",
            "Upgrade: websocket",
            "Upgrade: h2c",
            "426",
        ),
        ("no connection", "Connection: Upgrade\r\n", "", "426"),
        (
            "another connection",
            "Connection: Upgrade",
            "Connection: close",
            "426",
        ),
        ("no version", "Sec-WebSocket-Version: 13\r\n", "", "426"),
        ("an old version", "Version: 13", "Version: 8", "426"),
        ("a later version", "Version: 13", "Version: 14", "426"),
        ("no key", key.as_str(), "", "400"),
        ("an empty key", KEY, "", "400"),
        ("a short key", KEY, "c2hvcnQ=", "400"),
        (
            "a key that is no base64",
            KEY,
            "dGhlIHNhbXBsZSBub25jZQ=!",
            "400",
        ),
        ("two keys", key.as_str(), &format!("{key}{key}"), "400"),
    ] {
        let request = format!("{}\r\n", good.replace(from, to));
        assert_ne!(request, format!("{good}\r\n"), "{what}");
        let answer = server
            .answer(&request)
            .await
            .with_context(|| what.to_owned())?;
        let (_, found) = answer.split_once(' ').context("a status")?;
        assert!(found.starts_with(status), "{what}: {answer}");
        if status == "426" {
            let lower = answer.to_ascii_lowercase();
            assert!(
                lower.contains("\r\nsec-websocket-version: 13\r\n"),
                "{what}: {answer}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn section_4_2_1_names_and_words_are_compared_without_case_and_in_lists() -> Result<()> {
    let server = Server::start().await?;
    let good = handshake(server.address());
    for (from, to) in [
        ("Upgrade: websocket", "uPGRADE: WebSocket"),
        ("Connection: Upgrade", "Connection: keep-alive, upgrade"),
        ("Sec-WebSocket-Key", "sec-websocket-key"),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8, 13"),
    ] {
        let request = format!("{}\r\n", good.replace(from, to));
        let answer = server.answer(&request).await?;
        assert!(
            answer.starts_with("HTTP/1.1 101 ") && answer.contains(ACCEPT),
            "{to}: {answer}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn section_4_2_2_a_page_of_another_origin_is_refused() -> Result<()> {
    let server = Server::start().await?;
    for (origin, status) in [
        (format!("http://{}", server.address()), "101"),
        ("https://evil.example".to_owned(), "403"),
        ("null".to_owned(), "403"),
    ] {
        let request = format!("{}Origin: {origin}\r\n\r\n", handshake(server.address()));
        let answer = server.answer(&request).await?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{origin}: {answer}"
        );
    }
    Ok(())
}

/// A client that knows where it is need not wait for the answer to the handshake.
#[tokio::test]
async fn section_4_1_frames_that_come_with_the_handshake_are_read() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::connect(server.address()).await?;
    let early = frame(BINARY, &hello(0)).bytes();
    let request = format!("{}\r\n", handshake(server.address()));
    raw.write(&[request.as_bytes(), &early].concat()).await?;
    assert!(raw.head().await?.starts_with("HTTP/1.1 101 "));
    let heard = raw.hear().await?.context("an answer")?;
    assert!(matches!(heard.1, Message::Welcome(_)), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn section_5_1_a_frame_that_is_not_masked_ends_the_connection() -> Result<()> {
    let server = Server::start().await?;
    for first in [BINARY, TEXT, PING, CLOSE] {
        let bare = Sent {
            mask: Mask::Bare,
            ..frame(first, b"\x03\xe8")
        };
        server.ends(&format!("{first:#x}"), &[bare], 1002).await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_2_reserved_bits_and_opcodes_end_the_connection() -> Result<()> {
    let server = Server::start().await?;
    for bit in RESERVED {
        for first in [BINARY, PING, CLOSE] {
            let what = format!("bit {bit:#x} of {first:#x}");
            server.ends(&what, &[frame(first | bit, b"")], 1002).await?;
        }
        let begin = frame(opcode::BINARY, b"a");
        let rest = frame(FIN | bit, b"b");
        server
            .ends(&format!("bit {bit:#x} of the rest"), &[begin, rest], 1002)
            .await?;
    }
    for opcode in (3..=7).chain(0xB..=0xF) {
        for first in [opcode, FIN | opcode] {
            server
                .ends(&format!("{first:#x}"), &[frame(first, b"")], 1002)
                .await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn section_5_2_lengths_of_every_size_are_read() -> Result<()> {
    let server = Server::start().await?;
    for size in [0, 125, 126, 127, 65_535, 65_536, MAX_FRAME] {
        let hello = hello(size);
        server
            .greets(&size.to_string(), &[frame(BINARY, &hello)])
            .await?;
    }
    // A sender must use the shortest; a receiver need not mind, and this one does not.
    for (size, length) in [(0, Length::Two), (0, Length::Eight), (200, Length::Eight)] {
        let payload = hello(size);
        let long = Sent {
            length,
            ..frame(BINARY, &payload)
        };
        server
            .greets(&format!("{size} {length:?}"), &[long])
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_2_lengths_over_the_limit_end_the_connection_before_they_come() -> Result<()> {
    let server = Server::start().await?;
    let limit = u64::try_from(MAX_FRAME)?;
    for length in [limit + 1, 1 << 32, 1 << 62, 1 << 63, u64::MAX] {
        let claimed = Sent {
            length: Length::Claimed(length),
            ..frame(BINARY, b"abc")
        };
        server.ends(&format!("{length}"), &[claimed], 1009).await?;
    }
    let half = vec![0; MAX_FRAME / 2 + 1];
    let halves = [frame(opcode::BINARY, &half), frame(FIN, &half)];
    server.ends("two halves", &halves, 1009).await
}

#[tokio::test]
async fn section_5_4_a_message_may_come_in_pieces() -> Result<()> {
    let server = Server::start().await?;
    let hello = hello(40);
    let bytes: Vec<&[u8]> = hello.chunks(1).collect();
    let mut pieces: Vec<Sent<'_>> = bytes
        .iter()
        .map(|byte| frame(opcode::CONTINUATION, byte))
        .collect();
    pieces[0].first = opcode::BINARY;
    pieces[39].first = FIN;
    server.greets("byte by byte", &pieces).await?;
    let empty = [
        frame(opcode::BINARY, b""),
        frame(opcode::CONTINUATION, &hello),
        frame(opcode::CONTINUATION, b""),
        frame(FIN, b""),
    ];
    server.greets("with empty pieces", &empty).await?;
    Ok(())
}

#[tokio::test]
async fn section_5_4_pieces_out_of_order_end_the_connection() -> Result<()> {
    let server = Server::start().await?;
    let begin = || frame(opcode::BINARY, b"a");
    for (what, frames) in [
        ("a rest of nothing", vec![frame(FIN, b"a")]),
        (
            "a middle of nothing",
            vec![frame(opcode::CONTINUATION, b"a")],
        ),
        ("a message within one", vec![begin(), frame(BINARY, b"b")]),
        ("a beginning within one", vec![begin(), begin()]),
        ("text within one", vec![begin(), frame(TEXT, b"b")]),
        (
            "a rest of what is over",
            vec![frame(BINARY, &hello(0)), frame(FIN, b"a")],
        ),
    ] {
        server.ends(what, &frames, 1002).await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_5_control_frames_are_short_and_whole() -> Result<()> {
    let server = Server::start().await?;
    let long = [b'a'; 126];
    for opcode in [opcode::PING, opcode::PONG, opcode::CLOSE] {
        let frames = [frame(FIN | opcode, &long)];
        server
            .ends(&format!("{opcode:#x}, 126 bytes"), &frames, 1002)
            .await?;
        let frames = [frame(opcode, b"a"), frame(FIN, b"b")];
        server
            .ends(&format!("{opcode:#x}, in pieces"), &frames, 1002)
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_5_2_a_ping_is_answered_with_what_is_in_it() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::upgrade(server.address()).await?;
    for payload in [b"".as_slice(), b"a", &[0xFF; 125]] {
        raw.frame(PING, payload).await?;
        let pong = raw.next().await?;
        let expected = Received {
            first: PONG,
            payload: payload.to_vec(),
        };
        assert_eq!(pong, Ok(expected));
    }
    Ok(())
}

#[tokio::test]
async fn section_5_5_2_of_many_pings_the_last_is_answered() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::upgrade(server.address()).await?;
    let many: Vec<u8> = (0..20)
        .flat_map(|number| frame(PING, &[number]).bytes())
        .collect();
    raw.write(&many).await?;
    let mut last = None;
    while last != Some(19) {
        let pong = raw.next().await?.ok().context("it is open")?;
        assert_eq!((pong.first, pong.payload.len()), (PONG, 1));
        let number = pong.payload.first().copied();
        assert!(number > last, "{number:?} after {last:?}");
        last = number;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_4_a_ping_within_a_message_is_answered_at_once() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::upgrade(server.address()).await?;
    let hello = hello(60);
    let (begin, rest) = hello.split_at(30);
    raw.frame(opcode::BINARY, begin).await?;
    raw.frame(PING, b"mitt i").await?;
    let pong = raw.next().await?.ok().context("it is open")?;
    assert_eq!(
        (pong.first, pong.payload.as_slice()),
        (PONG, b"mitt i".as_slice())
    );
    raw.frame(FIN, rest).await?;
    let (_, heard) = raw.hear().await?.context("an answer")?;
    assert!(matches!(heard, Message::Welcome(_)));
    Ok(())
}

#[tokio::test]
async fn section_5_5_3_a_pong_that_nobody_asked_for_is_nothing() -> Result<()> {
    let server = Server::start().await?;
    let hello = hello(0);
    let frames = [frame(PONG, b""), frame(PONG, b"hej"), frame(BINARY, &hello)];
    server.greets("after two pongs", &frames).await?;
    Ok(())
}

#[tokio::test]
async fn section_5_6_text_is_not_spoken_here() -> Result<()> {
    let server = Server::start().await?;
    for (what, frames) in [
        ("text", vec![frame(TEXT, "hej på er".as_bytes())]),
        ("no text", vec![frame(TEXT, b"")]),
        (
            "text in pieces",
            vec![frame(opcode::TEXT, b"hej"), frame(FIN, b" igen")],
        ),
        (
            "text after the greeting",
            vec![frame(BINARY, &hello(0)), frame(TEXT, b"hej")],
        ),
    ] {
        server.ends(what, &frames, 1003).await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_8_1_text_that_is_no_utf8_ends_the_connection() -> Result<()> {
    let server = Server::start().await?;
    let cut = "å".as_bytes().get(..1).unwrap_or_default();
    for (what, text) in [
        ("a stray byte", b"\xff".as_slice()),
        ("half a letter", cut),
        ("a surrogate", b"\xed\xa0\x80"),
        ("too long a form", b"\xc0\xaf"),
        ("over the last one", b"\xf4\x90\x80\x80"),
    ] {
        server.ends(what, &[frame(TEXT, text)], 1007).await?;
        let reason = [b"\x03\xe8", text].concat();
        server
            .ends(
                &format!("{what}, in a close"),
                &[frame(CLOSE, &reason)],
                1007,
            )
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn section_5_5_1_a_close_is_answered_with_its_code() -> Result<()> {
    let server = Server::start().await?;
    for code in [
        1000_u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        let payload = [code.to_be_bytes().as_slice(), "hej då".as_bytes()].concat();
        let end = close(&server, &payload).await?;
        assert_eq!(end, (Some(code), Stream::Finished));
    }
    let long = [b"\x03\xe8".as_slice(), &[b'a'; 123]].concat();
    assert_eq!(close(&server, &long).await?, (Some(1000), Stream::Finished));
    // Without a code: 1005 stands for none.
    assert_eq!(close(&server, b"").await?, (Some(1005), Stream::Finished));
    Ok(())
}

/// Closes after a greeting; gives the code of the answer and how the stream ends.
async fn close(server: &Server, payload: &[u8]) -> Result<(Option<u16>, Stream)> {
    let mut raw = server
        .greets("before the close", &[frame(BINARY, &hello(0))])
        .await?;
    raw.frame(CLOSE, payload).await?;
    let answer = raw.next().await?;
    let Ok(Received {
        first: CLOSE,
        payload,
    }) = answer
    else {
        anyhow::bail!("{answer:?}");
    };
    let (_, stream) = raw.rest().await?;
    let code = payload
        .first_chunk()
        .map_or(1005, |code| u16::from_be_bytes(*code));
    Ok((Some(code), stream))
}

#[tokio::test]
async fn section_7_4_codes_that_may_not_be_sent_end_the_connection() -> Result<()> {
    let server = Server::start().await?;
    for code in [
        0_u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        server
            .ends(
                &code.to_string(),
                &[frame(CLOSE, &code.to_be_bytes())],
                1002,
            )
            .await?;
    }
    server
        .ends("half a code", &[frame(CLOSE, b"\x03")], 1002)
        .await
}

#[tokio::test]
async fn section_5_5_1_what_comes_after_a_close_is_nothing() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::upgrade(server.address()).await?;
    let late = hello(0);
    let frames = [
        frame(CLOSE, b"\x03\xe8"),
        frame(PING, b"sent"),
        frame(BINARY, &late),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(Sent::bytes).collect();
    raw.write(&bytes).await?;
    let answer = raw.next().await?;
    let expected = Received {
        first: CLOSE,
        payload: b"\x03\xe8".to_vec(),
    };
    assert_eq!(answer, Ok(expected));
    assert_eq!(raw.rest().await?, (Vec::new(), Stream::Finished));
    Ok(())
}

#[tokio::test]
async fn section_7_1_1_the_server_ends_the_stream_first() -> Result<()> {
    let server = Server::start().await?;
    let mut raw = Raw::upgrade(server.address()).await?;
    raw.frame(TEXT, b"hej").await?;
    let close = raw.next().await?.ok().context("it is open")?;
    assert_eq!(close.first, CLOSE);
    // The client answers and keeps its own half open: the end comes all the same.
    raw.frame(CLOSE, &close.payload).await?;
    assert_eq!(raw.rest().await?, (Vec::new(), Stream::Finished));
    Ok(())
}

#[tokio::test]
async fn section_7_1_4_a_stream_that_ends_without_a_close_ends_there_too() -> Result<()> {
    let server = Server::start().await?;
    let hello = hello(0);
    let mut raw = server
        .greets("before the end", &[frame(BINARY, &hello)])
        .await?;
    raw.finish().await?;
    let end = raw.end().await?;
    assert_eq!(end.stream, Stream::Finished, "{end:?}");
    Ok(())
}
