//! How long the facilitator waits for a merge, and whether the page can be worked on meanwhile.
//!
//! The groups are made in the app. Their notes are written by the app's session outside a browser, as by tablets of
//! their own: each note is a change of its own that goes through the relay.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use samsyn_shared::board::Command;
use samsyn_shared::ids::NoteId;
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::seal::BoardKeys;
use samsyn_sync_server::client::Client;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until_for;
use serde_json::{Value, json};

use crate::{SETTLED, hang, tell};

/// Notes of the board that the groups come back to.
const NOTES: usize = 1_000;
/// Notes that each group writes.
const OF_A_GROUP: i32 = 200;
/// What its notes say: one of each, which are as alike as what a room writes.
const SAID: [[&str; 6]; 3] = [
    [
        "Nattpatrullen",
        "Skolan i norr",
        "Hemtjänsten",
        "Biblioteket",
        "Socialjouren",
        "Förskolan vid ån",
    ],
    [
        "vill ha gemensamma rutiner vid överlämning",
        "behöver fler händer om kvällen",
        "saknar en plats att tala ostört på",
        "kan lära av grannkommunen",
        "mäter sådant som ingen frågar efter",
        "hinner inte med introduktionen",
    ],
    [
        "för ingen äger frågan",
        "när vikarierna slutar i augusti",
        "innan statsbidraget tar slut",
        "så att de anhöriga märker det",
        "fast det står i målen",
        "och det är bråttom",
    ],
];
/// How long a merge may take until the bench gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// Presses something and waits in the page, frame by frame, until a condition is on the screen and has stayed for one
/// frame. Meanwhile it notes the longest time between two frames, and the long tasks of the page's thread.
const PRESS_AND_WATCH: &str = "
    const [button, condition, count] = arguments;
    const met = new Function('count', condition);
    const tasks = [];
    const take = list => list.forEach(it => tasks.push(it.duration));
    const observer = new PerformanceObserver(list => take(list.getEntries()));
    observer.observe({type: 'longtask'});
    const begun = performance.now();
    let [last, gap, seen] = [begun, 0, undefined];
    window.__watched = undefined;
    document.querySelector(`[data-testid=${button}]`).click();
    const look = () => {
        const now = performance.now();
        gap = Math.max(gap, now - last);
        last = now;
        if (seen !== undefined) {
            take(observer.takeRecords());
            observer.disconnect();
            window.__watched = {ms: now - begun, longest_frame_ms: gap, longest_task_ms: Math.max(0, ...tasks),
                long_tasks: tasks.length};
            return;
        }
        if (met(count)) seen = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    return true";

/// Every group's line says what it brings.
const PREVIEWED: &str = "
    const news = [...document.querySelectorAll('[data-testid=merge-source] [data-testid=merge-news]')];
    return news.length === count && news.every(it => it.textContent.startsWith('200 nya lappar'))";

/// The dialog is gone and notes of groups are on the wall.
const MERGED: &str = "
    return !document.querySelector('dialog[open]') && !!document.querySelector('[data-testid=source-bar]')
        && !!document.querySelector('[data-testid=note] [data-testid=origin]')";

pub async fn measure(groups: usize, slower: f64) -> Result<Value> {
    tell(&format!("merging {groups} groups, slowed {slower} times"));
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = on_a_board(groups, slower, &room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn on_a_board(groups: usize, slower: f64, room: &Room, bo: &Browser) -> Result<Value> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Mätning").await?;
    bo.section("notes").await?;
    hang(bo, NOTES).await?;
    let links = make_groups(bo, groups).await?;
    for (number, link) in (0..).zip(&links) {
        write(&room.relay.url(), link, number).await?;
    }
    // The groups' boards are closed here, and their notes only with the relay.
    bo.reload().await?;
    bo.back_to_board().await?;
    bo.section("notes").await?;
    bo.see("add-note").await?;
    tokio::time::sleep(SETTLED).await;
    bo.slow_down(slower).await?;
    bo.press("menu").await?;
    bo.see("merge-files").await?;
    let fetched = watched(bo, "merge-files", PREVIEWED, groups).await?;
    bo.close_dialog().await?;
    bo.press("menu").await?;
    bo.see("merge-files").await?;
    let preview = watched(bo, "merge-files", PREVIEWED, groups).await?;
    let apply = watched(bo, "merge-go", MERGED, groups).await?;
    bo.slow_down(1.0).await?;
    Ok(json!({
        "groups": groups,
        "slower": slower,
        "fetched_and_previewed": fetched,
        "preview": preview,
        "apply": apply,
        "renderers_mb": bo.renderers_memory()? / 1e6,
    }))
}

async fn watched(bo: &Browser, button: &str, condition: &str, groups: usize) -> Result<Value> {
    let _: bool = bo
        .read(PRESS_AND_WATCH, json!([button, condition, groups]))
        .await?;
    until_for(PATIENCE, &format!("what {button} does"), async || {
        bo.read("return window.__watched ?? null", json!([])).await
    })
    .await
}

/// Makes so many groups and hands back their links.
async fn make_groups(bo: &Browser, groups: usize) -> Result<Vec<String>> {
    bo.press("menu").await?;
    bo.press("groups-open").await?;
    bo.see("no-groups").await?;
    let names: Vec<String> = (1..=groups).map(|n| format!("Grupp {n}")).collect();
    bo.write("groups-names", &names.join(", ")).await?;
    bo.press("groups-make").await?;
    let script = "return [...document.querySelectorAll('[data-testid=group]')]
        .filter(it => it.querySelector('[data-testid=group-live]').dataset.online === 'true').map(it => it.dataset.link)";
    let links = until_for(PATIENCE, "the groups are with the relay", async || {
        let links: Vec<String> = bo.read(script, json!([])).await?;
        Ok((links.len() == groups).then_some(links))
    })
    .await?;
    bo.close_dialog().await?;
    Ok(links)
}

/// Writes a group's notes, as its tablets do.
async fn write(relay: &str, link: &str, group: i32) -> Result<()> {
    let code = link.split_once('#').context("the link has no code")?.1;
    let keys = BoardKeys::from_link(code)?;
    let mut client = Client::new(keys, relay.parse()?, PATIENCE)?;
    client.caught_up().await?;
    let sections = client.board().view().sections_in_order();
    let wall = sections.iter().find(|it| it.kind == SectionKind::Notes);
    let section = wall.context("the group has no wall")?.id;
    for number in 0..OF_A_GROUP {
        let note = Command::AddNote {
            id: NoteId::random(client.rng()),
            section,
            quadrant: None,
            text: said(group * OF_A_GROUP + number),
            at: Position {
                x: number % 20 * 230,
                y: number / 20 * 160,
            },
            colour: Colour::Yellow,
            author: None,
        };
        client.commit(&[note]).await?;
    }
    client.shared().await?;
    ensure!(
        client.unshared() == 0,
        "the relay has not got all of group {group}"
    );
    client.close().await;
    Ok(())
}

/// One of 216 sentences, and a number that makes it one of its own.
fn said(number: i32) -> String {
    let mut left = usize::try_from(number).unwrap_or_default();
    let mut words = format!("{number}:");
    for of in SAID {
        words.push(' ');
        words.push_str(of.get(left % of.len()).copied().unwrap_or_default());
        left /= of.len();
    }
    words
}

pub fn print(rows: &[Value]) {
    println!(
        "\n{NOTES} notes, groups of {OF_A_GROUP}; ms until it is on the screen (longest frame meanwhile).\n"
    );
    println!("| groups | slowed | fetched and previewed | preview | apply | renderers, MB |");
    println!("|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let of = |pointer: &str| {
            let value = row.pointer(pointer).and_then(Value::as_f64);
            value.unwrap_or_default()
        };
        let part = |name: &str| {
            let (ms, frame) = (
                of(&format!("/{name}/ms")),
                of(&format!("/{name}/longest_frame_ms")),
            );
            format!("{ms:.0} ({frame:.0})")
        };
        println!(
            "| {} | {} | {} | {} | {} | {:.0} |",
            of("/groups"),
            of("/slower"),
            part("fetched_and_previewed"),
            part("preview"),
            part("apply"),
            of("/renderers_mb"),
        );
    }
}
