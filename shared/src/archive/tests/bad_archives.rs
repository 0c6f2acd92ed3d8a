//! Archives that are none, that are cut, that lie, or that would fill a device.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::archive::{
    Archive, ArchiveError, BoardFileError, FileError, MAX_BYTES, limits, read_file, sample,
};

fn sound() -> Archive {
    sample::wall(&mut ChaCha20Rng::from_seed([3; 32]), 3)
}

/// Reads the archive after `spoil` has been at its JSON.
fn spoilt(spoil: impl FnOnce(&mut Value)) -> ArchiveError {
    let mut value = serde_json::to_value(sound()).unwrap();
    spoil(&mut value);
    Archive::parse(&serde_json::to_vec(&value).unwrap()).unwrap_err()
}

fn check_damaged(spoil: impl FnOnce(&mut Value), expected_path: &str, says: &str) {
    match spoilt(spoil) {
        ArchiveError::Damaged { path, why } => {
            assert_eq!(path, expected_path);
            assert!(why.contains(says), "“{why}” does not say “{says}”");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_no_json_is_told_from_one_that_is_another_programs() {
    for bytes in [
        &b""[..],
        b"Hej!",
        b"\xff\xfe\0{",
        b"%PDF-1.7",
        b"{\"format\" \"",
    ] {
        let error = Archive::parse(bytes).unwrap_err();
        assert!(matches!(error, ArchiveError::NotJson { .. }), "{error:?}");
    }
    for bytes in [
        &b"{}"[..],
        b"[]",
        b"17",
        b"{\"format\":\"excalidraw\",\"version\":2}",
        b"{\"format\":3}",
    ] {
        assert_eq!(Archive::parse(bytes), Err(ArchiveError::NotAnArchive));
    }
}

#[test]
fn an_archive_cut_anywhere_is_told_from_other_files_and_says_where_it_ends() {
    let bytes = sound().to_json();
    for length in 1..bytes.len() - 2 {
        let line = bytes[..length].split(|it| *it == b'\n').count();
        let cut = Archive::parse(&bytes[..length]);
        assert_eq!(cut, Err(ArchiveError::CutShort { line }), "{length} bytes");
    }
}

#[test]
fn an_archive_of_a_future_version_is_named_before_its_fields_are_read() {
    for version in [2, 3_000_000_000_u64, u64::MAX] {
        let error = spoilt(|it| {
            it["version"] = json!(version);
            it["notes"] = json!("another shape altogether");
        });
        assert_eq!(error, ArchiveError::FutureVersion { version, known: 1 });
        assert!(error.to_string().contains(&version.to_string()));
    }
    for version in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null)] {
        check_damaged(|it| it["version"] = version, "version", "whole number");
    }
}

#[test]
fn a_damaged_field_is_named_by_its_path() {
    check_damaged(
        |it| it["notes"][1]["colour"] = json!("turkos"),
        "notes[1].colour",
        "turkos",
    );
    check_damaged(
        |it| it["notes"][2]["id"] = json!("42"),
        "notes[2].id",
        "NoteId",
    );
    check_damaged(
        |it| it["notes"][0]["at"]["x"] = json!(1e300),
        "notes[0].at.x",
        "i32",
    );
    check_damaged(
        |it| it["notes"][0]["made"] = json!("i går"),
        "notes[0].made",
        "i går",
    );
    check_damaged(
        |it| it["people"][3]["name"] = json!(["Åsa"]),
        "people[3].name",
        "string",
    );
    check_damaged(|it| it["board_id"] = json!(null), "board_id", "string");
    check_damaged(
        |it| it["registers"] = json!(["inte base64"]),
        "registers[0]",
        "invalid",
    );
    check_damaged(
        |it| drop(it["notes"][0].as_object_mut().unwrap().remove("section")),
        "notes[0]",
        "section",
    );
}

#[test]
fn an_id_used_twice_and_an_order_key_that_is_none_are_refused() {
    check_damaged(
        |it| it["notes"][2]["id"] = it["notes"][0]["id"].clone(),
        "notes[2].id",
        "twice",
    );
    check_damaged(
        |it| it["notes"][1]["order"] = json!("sist"),
        "notes[1].order",
        "hexadecimal",
    );
    let long = format!("{}-aaaaaa", "8".repeat(400));
    check_damaged(
        |it| it["sections"][0]["order"] = json!(long),
        "sections[0].order",
        "hexadecimal",
    );
}

#[test]
fn a_file_that_would_fill_the_device_is_refused() {
    let huge = vec![b' '; MAX_BYTES + 1];
    let error = Archive::parse(&huge).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { bytes, .. } if bytes == MAX_BYTES + 1));
    let long = "å".repeat(limits::MAX_TEXT_UNITS + 1);
    check_damaged(
        |it| it["notes"][0]["text"] = json!(long),
        "notes[0].text",
        "200001",
    );
    let crowd = |size| json!(vec![json!({"id": "00".repeat(16)}); size]);
    let error = spoilt(|it| it["people"] = crowd(limits::MAX_RECORDS));
    assert!(
        matches!(
            error,
            ArchiveError::TooMuch {
                what: "records",
                ..
            }
        ),
        "{error:?}"
    );
    check_damaged(
        |it| it["people"] = crowd(limits::MAX_RECORDS + 1),
        "people",
        "50000",
    );
    check_damaged(
        |it| it["registers"] = json!(vec![""; limits::MAX_REGISTERS + 1]),
        "registers",
        "4096",
    );
    let mut archive = sound();
    archive.notes[0].text = "å".repeat(limits::MAX_TEXT_UNITS);
    assert_eq!(Archive::parse(&archive.to_json()), Ok(archive));
}

#[test]
fn all_texts_together_have_a_limit_too() {
    let mut archive = sample::wall(&mut ChaCha20Rng::from_seed([3; 32]), 21);
    for note in &mut archive.notes {
        note.text = "a".repeat(limits::MAX_TEXT_UNITS);
    }
    let error = Archive::parse(&archive.to_json()).unwrap_err();
    assert!(
        matches!(
            error,
            ArchiveError::TooMuch {
                what: "characters",
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_crowd_of_supporters_is_refused() {
    let rule = json!({
        "id": "00".repeat(16),
        "section": "00".repeat(16),
        "supporters": vec!["00".repeat(16); limits::MAX_SUPPORTERS + 1],
    });
    check_damaged(
        |it| it["rules"] = json!([rule]),
        "rules[0].supporters",
        "1000",
    );
}

#[test]
fn nesting_without_end_is_an_error_and_not_a_crash() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(matches!(
            Archive::parse(deep.as_bytes()),
            Err(ArchiveError::NotJson { .. } | ArchiveError::NotAnArchive)
        ));
        let json = String::from_utf8(sound().to_json()).unwrap();
        let unknown = json.replacen("\"people\"", &format!("\"mood\": {deep}, \"people\""), 1);
        assert_eq!(Archive::parse(unknown.as_bytes()), Ok(sound()));
        for field in ["format", "version", "notes", "people"] {
            let known = json.replacen(
                &format!("\"{field}\":"),
                &format!("\"{field}\": {deep}, \"x\":"),
                1,
            );
            assert!(Archive::parse(known.as_bytes()).is_err());
        }
    }
}

#[test]
fn a_byte_order_mark_in_front_does_no_harm() {
    let bytes = ["\u{feff}".as_bytes(), &sound().to_json()].concat();
    assert_eq!(Archive::parse(&bytes), Ok(sound()));
}

#[test]
fn a_file_that_somebody_chose_is_known_by_its_first_bytes() {
    assert!(matches!(
        read_file(&sound().to_json()),
        Ok(crate::archive::File::Archive(_))
    ));
    assert!(matches!(
        read_file(b"Hej!"),
        Err(FileError::Archive(ArchiveError::NotJson { .. }))
    ));
    assert_eq!(
        read_file(&[0xd9, 0xd9, 0xf7, 0xa0]),
        Err(FileError::Board(BoardFileError::NotABoardFile))
    );
}
