//! The main job, end to end, in real browsers against the real relay through a wifi that goes: nothing is lost, nothing
//! is doubled, and what was removed stays removed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use samsyn_tests::board::Links;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::intruder::{Answer, HEADING, push_forged};
use samsyn_tests::proxy::Link;
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::Value;

const TITLE: &str = "Ledningsgruppens dag";

/// Who takes part, each with a browser of their own.
struct Cast {
    bo: Browser,
    ada: Browser,
    cem: Browser,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_workshop_without_wifi_loses_nothing_in_chromium() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let mut cast = Cast {
        bo: room.enter("bo").await?,
        ada: room.enter("ada").await?,
        cem: room.enter("cem").await?,
    };
    let result = whole_story(&room, &mut cast).await;
    room.tell(result, &[&cast.bo, &cast.ada, &cast.cem]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn two_tablets_without_wifi_lose_nothing_in_webkit() -> Result<()> {
    let room = Room::open(Make::WebKit).await?;
    let (bo, mut ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = two_tablets(&room, &bo, &mut ada).await;
    room.tell(result, &[&bo, &ada]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn two_tablets_without_wifi_lose_nothing_in_firefox() -> Result<()> {
    let room = Room::open(Make::Firefox).await?;
    let (bo, mut ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = two_tablets(&room, &bo, &mut ada).await;
    room.tell(result, &[&bo, &ada]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_relay_killed_and_then_wiped_costs_nobody_a_word() -> Result<()> {
    let mut room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = relay_dies(&mut room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn whole_story(room: &Room, cast: &mut Cast) -> Result<()> {
    let links = open_the_board(room, &cast.bo).await?;
    let link = &links.participant;
    cast.ada.join(link, "Ada").await?;
    let key = link.split('#').nth(1).context("the link has no key")?;
    ensure!(
        !cast.ada.url().await?.contains(key),
        "the key is still in the address bar"
    );
    cast.cem.goto(link).await?;
    cast.cem.see("join-name").await?;
    cast.cem.pictures("welcome").await?;
    cast.cem.join(link, "Cem").await?;
    work_together(cast).await?;
    nobody_writes_without_the_key(room, cast, link).await?;
    write_at_the_same_time(&cast.ada, &cast.cem).await?;
    room.wifi.set(Link::Cut);
    work_apart(room, cast).await?;
    room.wifi.set(Link::Up);
    become_one_board(cast).await?;
    cast.bo.look_around().await?;
    take_it_home(room, &cast.bo).await?;
    look_on(room, &links.observer).await?;
    relay_knows_no_word(room).await
}

/// Bo makes the board and hands out its links.
async fn open_the_board(room: &Room, bo: &Browser) -> Result<Links> {
    bo.goto(&room.wifi.url()).await?;
    bo.see("screen-start").await?;
    bo.pictures("start").await?;
    bo.press("new-board").await?;
    bo.see("create-board").await?;
    bo.pictures("new-board").await?;
    bo.close_dialog().await?;
    bo.make_board(TITLE).await?;
    bo.attribute_is("screen-board", "data-role", "facilitator")
        .await?;
    let links = bo.share().await?;
    ensure!(links.participant.starts_with(&room.wifi.url()), "{links:?}");
    ensure!(links.participant != links.observer, "{links:?}");
    bo.all_shared().await?;
    Ok(links)
}

/// Everyone writes notes, rules and the cross, and everyone sees all of it.
async fn work_together(cast: &Cast) -> Result<()> {
    let Cast { bo, ada, cem } = cast;
    ada.attribute_is("screen-board", "data-role", "participant")
        .await?;
    ada.section("notes").await?;
    cem.section("notes").await?;
    bo.section("notes").await?;
    ada.add_note("Elen går klockan två").await?;
    cem.add_note("Ring närvarochefen").await?;
    ada.add_note("Den här tas bort").await?;
    let notes = [
        "Elen går klockan två",
        "Ring närvarochefen",
        "Den här tas bort",
    ];
    for person in [bo, ada, cem] {
        person.sees_notes(&notes).await?;
    }
    letter_by_letter(ada, cem).await?;
    cem.remove_note("Den här tas bort").await?;
    for person in [bo, ada] {
        person.sees_no_note("Den här tas bort").await?;
    }
    let moved = cem.drag_note("Elen går", 120, 90).await?;
    for person in [bo, ada] {
        person.sees_note_at(&moved).await?;
    }
    bo.remove_note("Ring närvarochefen").await?;
    ada.restore("Ring närvarochefen").await?;
    for person in [bo, ada, cem] {
        person.sees_notes(&["Ring närvarochefen"]).await?;
    }
    bo.pictures("notes").await?;
    rules(cast).await?;
    cross(cast).await
}

/// Cem reads what Ada types before she has left the note.
async fn letter_by_letter(ada: &Browser, cem: &Browser) -> Result<()> {
    ada.begin_note("Vattnet").await?;
    cem.sees_notes(&["Vattnet"]).await?;
    let writing: usize = cem
        .read(
            "return document.querySelectorAll('[data-testid=note][data-writing]').length",
            serde_json::json!([]),
        )
        .await?;
    ensure!(writing == 1, "nobody is shown as writing");
    ada.keys(" räcker").await?;
    cem.sees_notes(&["Vattnet räcker"]).await?;
    ada.leave_text().await?;
    ada.all_shared().await.map(drop)
}

async fn rules(cast: &Cast) -> Result<()> {
    let Cast { bo, ada, cem } = cast;
    for person in [bo, ada, cem] {
        person.section("rules").await?;
    }
    ada.add_rule("Vi säger vad vi inte vet").await?;
    cem.sees_text("rule-text", "Vi säger vad vi inte vet")
        .await?;
    cem.support_rule("Vi säger vad vi inte vet").await?;
    bo.support_rule("Vi säger vad vi inte vet").await?;
    ada.sees_support("Vi säger vad vi inte vet", 2).await?;
    bo.pictures("rules").await
}

async fn cross(cast: &Cast) -> Result<()> {
    let Cast { bo, ada, cem } = cast;
    for person in [bo, ada, cem] {
        person.section("cross").await?;
    }
    bo.fill("cross-question", 0, "Vad gör vi utan el i tre dygn?")
        .await?;
    ada.fill("axis-x-name", 0, "Elförsörjning").await?;
    cem.fill("axis-y-name", 0, "Bemanning").await?;
    for (index, name) in ["Full styrka", "Mörk skola", "Lugn helg", "Ensam i natten"]
        .into_iter()
        .enumerate()
    {
        ada.fill("quadrant-name", index, name).await?;
    }
    for person in [bo, cem] {
        person.sees_text("axis-x-name", "Elförsörjning").await?;
        person.sees_text("axis-y-name", "Bemanning").await?;
        person.sees_text("quadrant-name", "Ensam i natten").await?;
    }
    bo.pictures("cross").await
}

/// Somebody who only reads signs a change with a key of their own: the relay refuses it and no tablet shows it.
async fn nobody_writes_without_the_key(room: &Room, cast: &Cast, link: &str) -> Result<()> {
    let answer = push_forged(room.relay.address(), link).await?;
    ensure!(
        matches!(answer, Answer::Refused(_)),
        "the relay answered {answer:?}"
    );
    cast.ada.section("notes").await?;
    cast.ada.add_note("Efter försöket").await?;
    for person in [&cast.bo, &cast.cem] {
        person.section("notes").await?;
        person.sees_notes(&["Efter försöket"]).await?;
        let tabs = person.tabs().await?;
        ensure!(
            !tabs.iter().any(|tab| tab == HEADING),
            "{} shows what an intruder wrote: {tabs:?}",
            person.name()
        );
    }
    Ok(())
}

/// Two people write in one note at once: both their words stay.
async fn write_at_the_same_time(ada: &Browser, cem: &Browser) -> Result<()> {
    for person in [ada, cem] {
        person.section("notes").await?;
    }
    ada.write_in_note("Ring närvaro", " i dag").await?;
    cem.write_in_note("Ring närvaro", " före lunch").await?;
    ada.leave_text().await?;
    cem.leave_text().await?;
    for person in [ada, cem] {
        both_words(person).await?;
        person.all_shared().await?;
    }
    Ok(())
}

async fn both_words(person: &Browser) -> Result<()> {
    let what = format!("{} sees the words of both", person.name());
    until(&what, async || {
        let notes = person.notes().await?;
        let note = notes
            .iter()
            .find(|note| note.text.contains("närvarochefen"));
        Ok(note
            .filter(|note| note.text.contains(" i dag") && note.text.contains(" före lunch"))
            .map(drop))
    })
    .await
}

/// The wifi is gone: both go on; one reloads, closes and opens the browser, another's battery dies.
async fn work_apart(room: &Room, cast: &mut Cast) -> Result<()> {
    let Cast { ada, cem, .. } = cast;
    let state = ada.offline().await?;
    ensure!(!state.words.is_empty(), "the save state has no words");
    cem.offline().await?;
    ada.add_note("Skrivet utan nät").await?;
    ada.remove_note("Vattnet räcker").await?;
    cem.insert_note("Också utan nät 🧯").await?;
    cem.nudge_note("Elen går").await?;
    let state = ada
        .saves("counts what only it has", |state| {
            state.unshared >= 2 && state.link == "offline"
        })
        .await?;
    ensure!(
        state.words.contains(&state.unshared.to_string()),
        "the words do not say how many: {state:?}"
    );
    ada.pictures("offline").await?;
    ada.reload().await?;
    still_there(ada, &["Skrivet utan nät", "Elen går klockan två"]).await?;
    ada.begin_note("Ett ord kvar i handen").await?;
    ada.saves("keeps the draft", |state| {
        state.storage == "saved" && state.unshared >= 3
    })
    .await?;
    ada.reload().await?;
    still_there(ada, &["Skrivet utan nät", "Ett ord kvar i handen"]).await?;
    ada.reopen().await?;
    ada.goto(&room.wifi.url()).await?;
    still_there(
        ada,
        &[
            "Skrivet utan nät",
            "Ett ord kvar i handen",
            "Elen går klockan två",
        ],
    )
    .await?;
    cem.saves("has it on the disk", |state| state.storage == "saved")
        .await?;
    cem.die_and_reopen().await?;
    cem.goto(&room.wifi.url()).await?;
    still_there(cem, &["Också utan nät 🧯", "Elen går klockan två"]).await
}

/// The page opens with no relay behind it, shows the notes, and knows that some are not shared.
async fn still_there(person: &Browser, texts: &[&str]) -> Result<()> {
    person.back_to_board().await?;
    person.section("notes").await?;
    person.sees_notes(texts).await?;
    let state = person.offline().await?;
    ensure!(
        state.unshared > 0,
        "{} forgot that it has unshared changes: {state:?}",
        person.name()
    );
    Ok(())
}

/// The wifi is back: the same board for all, without anyone pressing anything.
async fn become_one_board(cast: &Cast) -> Result<()> {
    let Cast { bo, ada, cem } = cast;
    bo.section("notes").await?;
    let mine = [
        "Skrivet utan nät",
        "Ett ord kvar i handen",
        "Också utan nät 🧯",
        "Elen går klockan två",
    ];
    for person in [ada, cem, bo] {
        person.all_shared().await?;
        person.sees_notes(&mine).await?;
        person.sees_no_note("Vattnet").await?;
        person.sees_no_note("Den här").await?;
        both_words(person).await?;
    }
    same_notes(&[bo, ada, cem]).await?;
    bo.pictures("together-again").await
}

/// Everyone has the very same notes in the same places, none twice.
async fn same_notes(people: &[&Browser]) -> Result<()> {
    let (first, others) = people.split_first().context("nobody")?;
    for other in others {
        let what = format!("{} and {} see the same notes", first.name(), other.name());
        let mut seen = (Vec::new(), Vec::new());
        until(&what, async || {
            seen = (first.notes().await?, other.notes().await?);
            Ok((seen.0 == seen.1).then_some(()))
        })
        .await
        .map_err(|error| error.context(format!("{seen:?}")))?;
    }
    let notes = first.notes().await?;
    let mut texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    texts.dedup();
    ensure!(
        texts.len() == notes.len(),
        "something is doubled: {texts:?}"
    );
    Ok(())
}

/// The archive from the page, the same from the command line, and the board that an import makes of it.
async fn take_it_home(room: &Room, bo: &Browser) -> Result<()> {
    let link = bo.facilitator_link().await?;
    let downloaded = bo.download_archive().await?;
    let from_page = archive(&downloaded)?;
    let file = room.file("from-cli.json");
    room.relay
        .command(&[
            "archive",
            &room.beside_the_wifi(&link),
            "-o",
            &file.display().to_string(),
        ])
        .await?;
    same_archive(&from_page, &archive(&file)?).context("the command line's archive")?;
    let kept = room.file("kept.json");
    fs::rename(&downloaded, &kept)?;
    let before = bo.notes().await?;
    bo.go_home().await?;
    bo.pictures("start-with-board").await?;
    bo.choose_file("import-file", &kept).await?;
    bo.see("screen-board").await?;
    bo.section("notes").await?;
    let texts: Vec<&str> = before.iter().map(|note| note.text.as_str()).collect();
    bo.sees_notes(&texts).await?;
    ensure!(bo.notes().await? == before, "the imported notes differ");
    let again = archive(&bo.download_archive().await?)?;
    same_archive(&without_home(from_page), &without_home(again))
        .context("the imported board's archive")?;
    Ok(())
}

/// Names the first place where two archives differ.
fn same_archive(one: &Value, other: &Value) -> Result<()> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            ensure!(
                one.keys().eq(other.keys()),
                "fields {:?} and {:?}",
                one.keys(),
                other.keys()
            );
            one.iter()
                .zip(other.values())
                .try_for_each(|((name, a), b)| same_archive(a, b).with_context(|| name.clone()))
        }
        (Value::Array(one), Value::Array(other)) => {
            ensure!(one.len() == other.len(), "{one:?} and {other:?}");
            one.iter()
                .zip(other)
                .enumerate()
                .try_for_each(|(i, (a, b))| same_archive(a, b).with_context(|| i.to_string()))
        }
        _ => {
            ensure!(one == other, "{one} and {other}");
            Ok(())
        }
    }
}

/// An archive without what says when and by which program it was made.
fn archive(path: &Path) -> Result<Value> {
    let mut archive: Value = serde_json::from_slice(&fs::read(path)?)?;
    let fields = archive.as_object_mut().context("an archive is an object")?;
    for field in ["exported", "app"] {
        fields
            .remove(field)
            .with_context(|| format!("the archive has no {field}"))?;
    }
    Ok(archive)
}

/// An archive without what an import makes anew: the board, its registers (signed with the board's keys; what they
/// say, the title, stands beside them) and times.
fn without_home(mut archive: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| {
                    !matches!(
                        name.as_str(),
                        "board_id" | "origin" | "registers" | "created" | "changed" | "edited"
                    )
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    strip(&mut archive);
    archive
}

/// An observer sees the board and has nothing to write with.
async fn look_on(room: &Room, link: &str) -> Result<()> {
    let olga = room.enter("olga").await?;
    let result = observe(&olga, link).await;
    room.tell(result, &[&olga]).await
}

async fn observe(olga: &Browser, link: &str) -> Result<()> {
    olga.goto(link).await?;
    olga.see("screen-board").await?;
    olga.attribute_is("screen-board", "data-role", "observer")
        .await?;
    olga.section("notes").await?;
    olga.sees_notes(&["Skrivet utan nät", "Ett ord kvar i handen"])
        .await?;
    ensure!(
        !olga.has("add-note").await?,
        "an observer is offered to write"
    );
    olga.pictures("observer").await
}

/// What the relay stores holds no word that anyone typed.
async fn relay_knows_no_word(room: &Room) -> Result<()> {
    ensure!(room.relay.stored()? > 1_000, "the relay has stored nothing");
    for word in [
        "närvarochefen",
        "Elen går",
        "utan nät",
        "Vattnet",
        "Elförsörjning",
        "Bemanning",
        "Ledningsgruppens",
        "vad vi inte vet",
        "Ada",
    ] {
        let found = room.relay.files_with(word)?;
        ensure!(
            found.is_empty(),
            "the relay's data holds {word:?}: {found:?}"
        );
    }
    Ok(())
}

/// The story for two. Where the browser keeps its profile (WebKit's does not), it is closed and opened as well.
async fn two_tablets(room: &Room, bo: &Browser, ada: &mut Browser) -> Result<()> {
    let link = open_the_board(room, bo).await?.participant;
    ada.join(&link, "Ada").await?;
    for person in [bo, &*ada] {
        person.section("notes").await?;
    }
    ada.add_note("Elen går klockan två").await?;
    bo.add_note("Den här tas bort").await?;
    ada.sees_notes(&["Elen går klockan två", "Den här tas bort"])
        .await?;
    letter_by_letter(ada, bo).await?;
    ada.all_shared().await?;
    room.wifi.set(Link::Cut);
    for person in [bo, &*ada] {
        person.offline().await?;
    }
    ada.add_note("Skrivet utan nät").await?;
    bo.add_note("Också utan nät").await?;
    bo.remove_note("Den här tas bort").await?;
    ada.reload().await?;
    still_there(ada, &["Skrivet utan nät", "Elen går klockan två"]).await?;
    if ada.make() != Make::WebKit {
        ada.reopen().await?;
        ada.goto(&room.wifi.url()).await?;
        still_there(ada, &["Skrivet utan nät", "Elen går klockan två"]).await?;
    }
    room.wifi.set(Link::Up);
    for person in [bo, &*ada] {
        person.all_shared().await?;
        person
            .sees_notes(&[
                "Skrivet utan nät",
                "Också utan nät",
                "Elen går klockan två",
                "Vattnet räcker",
            ])
            .await?;
        person.sees_no_note("Den här").await?;
    }
    same_notes(&[bo, ada]).await?;
    relay_knows_no_word(room).await
}

/// `kill -9` while Ada writes, then the relay's data folder deleted: a new device gets the whole board.
async fn relay_dies(room: &mut Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let link = open_the_board(room, bo).await?.participant;
    ada.join(&link, "Ada").await?;
    for person in [bo, ada] {
        person.section("notes").await?;
    }
    ada.add_note("Före").await?;
    ada.all_shared().await?;
    ada.begin_note("Mitt i").await?;
    room.relay.kill().await?;
    ada.keys(" skrivandet").await?;
    ada.leave_text().await?;
    ada.add_note("Medan den var död").await?;
    ada.saves("counts what only it has", |state| {
        state.unshared > 0 && state.storage == "saved"
    })
    .await?;
    room.relay.restart().await?;
    let all = ["Före", "Mitt i skrivandet", "Medan den var död"];
    for person in [ada, bo] {
        person.sees_notes(&all).await?;
        person.all_shared().await?;
    }
    room.relay.kill().await?;
    room.relay.wipe()?;
    ada.add_note("Efter branden").await?;
    room.relay.restart().await?;
    let all = [
        "Före",
        "Mitt i skrivandet",
        "Medan den var död",
        "Efter branden",
    ];
    for person in [ada, bo] {
        person.sees_notes(&all).await?;
        person.all_shared().await?;
    }
    let dan = room.enter("dan").await?;
    let result = newcomer(&dan, &link, &all).await;
    room.tell(result, &[&dan]).await?;
    same_notes(&[&dan, ada, bo]).await
}

async fn newcomer(dan: &Browser, link: &str, notes: &[&str]) -> Result<()> {
    dan.join(link, "Dan").await?;
    dan.section("notes").await?;
    dan.sees_notes(notes).await?;
    until("the title", async || {
        Ok((dan.text("board-heading").await? == TITLE).then_some(()))
    })
    .await?;
    dan.all_shared().await.map(drop)
}
