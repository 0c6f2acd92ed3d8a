//! How quick the app is on an old tablet: a real Chromium with its processor slowed down, against the real binary.
//!
//! Prints a table and writes every number to a file. `cargo xtask bench-app` builds what it needs first.

mod joining;
mod merging;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use samsyn_shared::board::Command;
use samsyn_shared::ids::NoteId;
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::seal::BoardKeys;
use samsyn_sync_server::client::Client;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

#[derive(Parser)]
#[command(about = "Measure the app in Chromium with a slowed processor")]
struct Cli {
    /// What is measured.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Scene::Boards, Scene::Joining, Scene::Merging])]
    scenes: Vec<Scene>,
    /// How many groups come back to a board.
    #[arg(long, value_delimiter = ',', default_value = "2,10,30")]
    groups: Vec<usize>,
    /// How many notes the boards have.
    #[arg(long, value_delimiter = ',', default_value = "500,1000,5000")]
    notes: Vec<usize>,
    /// How many times slower the processor is made.
    #[arg(long, default_value_t = 4.0)]
    slower: f64,
    /// How many others write meanwhile, each a note every two seconds.
    #[arg(long, default_value_t = 60)]
    writers: usize,
    /// Where the numbers go.
    #[arg(long, default_value = "target/bench-app.json")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scene {
    /// Boards that are opened, moved about and written on.
    Boards,
    /// Somebody's first visit by a link.
    Joining,
    /// Groups that come back.
    Merging,
}

/// Notes that are pasted at a time.
const PASTED: usize = 500;
/// Letters that are typed while others write.
const LETTERS: usize = 60;
/// How quickly somebody types: eight letters a second.
const LETTER_EVERY: Duration = Duration::from_millis(125);
/// How often a person hangs a note.
const PAUSE: Duration = Duration::from_secs(2);
/// A board that is opened again has mostly been left alone for longer than this.
const SETTLED: Duration = Duration::from_secs(4);
/// How many devices write for all the others.
const DEVICES: usize = 3;

/// Watches a page from before its first line runs: when the first note is there, how long each keystroke takes.
const WATCH: &str = "
    window.__seen = {};
    new MutationObserver((_, observer) => {
        for (const screen of document.querySelectorAll('[data-testid^=screen-]'))
            window.__seen[screen.dataset.testid] ??= performance.now();
        const note = document.querySelector('[data-testid=note-text]');
        if (note && note.dataset.text) window.__seen.note ??= performance.now();
        if (window.__seen.note && window.__seen['screen-board']) observer.disconnect();
    }).observe(document, {childList: true, subtree: true, attributes: true});
    window.__keys = [];
    new PerformanceObserver(list => {
        for (const entry of list.getEntries())
            if (entry.name === 'keydown') window.__keys.push(entry.duration);
    }).observe({type: 'event', durationThreshold: 16, buffered: true});";

/// Drags the note in the middle of the window about for 120 frames, and hands back how long each took.
const DRAG: &str = "
    const note = [...document.querySelectorAll('[data-testid=note]')].find(it => {
        const frame = it.getBoundingClientRect();
        return frame.top > 250 && frame.left > 300 && frame.bottom < innerHeight - 150 && frame.right < innerWidth - 250;
    });
    const frame = note.getBoundingClientRect();
    const at = {x: frame.left + 60, y: frame.top + 60};
    const send = (type, x, y, buttons) => note.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, pointerType: 'mouse', isPrimary: true, button: type === 'pointermove' ? -1 : 0, buttons,
        clientX: x, clientY: y, bubbles: true, cancelable: true}));
    note.setPointerCapture = () => {};
    send('pointerdown', at.x, at.y, 1);
    const times = [];
    return new Promise(done => {
        let last;
        const step = now => {
            if (last !== undefined) times.push(now - last);
            last = now;
            const turn = times.length / 8;
            if (times.length < 120) {
                send('pointermove', at.x + 80 * Math.sin(turn), at.y + 60 * Math.sin(turn / 2), 1);
                requestAnimationFrame(step);
            } else {
                send('pointermove', at.x, at.y, 1);
                send('pointerup', at.x, at.y, 0);
                done(times.slice(5));
            }
        };
        requestAnimationFrame(step);
    });";

/// Pushes the wall about for 120 frames in the same way.
const PAN: &str = "
    const wall = document.querySelector('[data-testid=wall]');
    const times = [];
    return new Promise(done => {
        let last;
        const step = now => {
            if (last !== undefined) times.push(now - last);
            last = now;
            wall.dispatchEvent(new WheelEvent('wheel', {deltaX: 14, deltaY: 22 * (times.length < 60 ? 1 : -1),
                bubbles: true, cancelable: true}));
            if (times.length < 120) requestAnimationFrame(step); else done(times.slice(5));
        };
        requestAnimationFrame(step);
    });";

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let (mut boards, mut joins, mut merges) = (Vec::new(), Vec::new(), Vec::new());
    for scene in &cli.scenes {
        match scene {
            Scene::Boards => {
                for notes in &cli.notes {
                    tell(&format!("{notes} notes"));
                    boards.push(measure(&cli, *notes).await?);
                }
                print(&cli, &boards);
            }
            Scene::Joining => {
                for notes in &cli.notes {
                    for slower in [1.0, cli.slower] {
                        joins.push(joining::measure(*notes, slower).await?);
                    }
                }
                joining::print(&joins);
            }
            Scene::Merging => {
                for groups in &cli.groups {
                    for slower in [1.0, cli.slower] {
                        merges.push(merging::measure(*groups, slower).await?);
                    }
                }
                merging::print(&merges);
            }
        }
    }
    if let Some(folder) = cli.out.parent() {
        fs::create_dir_all(folder)?;
    }
    let all = json!({"slower": cli.slower, "writers": cli.writers, "boards": boards, "joining": joins,
        "merging": merges});
    fs::write(&cli.out, serde_json::to_vec_pretty(&all)?)?;
    println!("\nEvery number: {}", cli.out.display());
    Ok(())
}

/// What is going on, for who waits.
fn tell(what: &str) {
    eprintln!("{what}");
}

async fn measure(cli: &Cli, notes: usize) -> Result<Value> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = on_a_board(cli, notes, &room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn on_a_board(cli: &Cli, notes: usize, room: &Room, bo: &Browser) -> Result<Value> {
    let cold = first_visit(cli, room, bo).await?;
    bo.make_board("Mätning").await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    hang(bo, notes).await?;
    bo.all_shared().await?;
    tokio::time::sleep(SETTLED).await;
    let stored = stored(cli, bo).await?;
    bo.slow_down(cli.slower).await?;
    eprintln!("  stored {stored}");
    let drag: Vec<f64> = bo.read(DRAG, json!([])).await.context("dragging")?;
    let pan: Vec<f64> = bo.read(PAN, json!([])).await.context("panning")?;
    let typed = typing(cli, room, bo, &link).await?;
    bo.slow_down(1.0).await?;
    let heap: f64 = bo
        .read("return performance.memory.usedJSHeapSize", json!([]))
        .await?;
    Ok(json!({
        "notes": notes,
        "first_visit": cold,
        "stored": stored,
        "drag_ms": drag,
        "pan_ms": pan,
        "key_ms": typed,
        "heap_mb": heap / 1e6,
        "renderers_mb": bo.renderers_memory()? / 1e6,
    }))
}

/// Opens the start screen for the first time, nothing cached.
async fn first_visit(cli: &Cli, room: &Room, bo: &Browser) -> Result<Value> {
    bo.on_every_page(WATCH).await?;
    bo.slow_down(cli.slower).await?;
    bo.goto(&room.wifi.url()).await?;
    bo.see("new-board").await?;
    let painted = painted(bo).await?;
    bo.slow_down(1.0).await?;
    Ok(json!({ "painted_ms": painted }))
}

async fn painted(bo: &Browser) -> Result<f64> {
    let script =
        "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null";
    until("the first paint", async || bo.read(script, json!([])).await).await
}

/// Hangs so many notes, many at a time.
async fn hang(bo: &Browser, notes: usize) -> Result<()> {
    let mut hung = 0;
    while hung < notes {
        let now = PASTED.min(notes - hung);
        let lines: Vec<String> = (hung..hung + now)
            .map(|n| format!("{n}: det som sextio personer skriver på en förmiddag, på ungefär så här många tecken"))
            .collect();
        bo.press("menu").await?;
        bo.press("paste").await?;
        bo.see("paste-text").await?;
        let script = "const t = document.querySelector('[data-testid=paste-text]');
            t.value = arguments[0]; t.dispatchEvent(new Event('input', {bubbles: true})); return true";
        let _: bool = bo.read(script, json!([lines.join("\n")])).await?;
        bo.press("paste-go").await?;
        bo.press("picks-drop").await?;
        bo.all_shared().await?;
        hung += now;
    }
    Ok(())
}

/// Loads the page anew: when something is painted, when the board's notes are on the screen, when a note can be
/// written.
async fn stored(cli: &Cli, bo: &Browser) -> Result<Value> {
    bo.slow_down(cli.slower).await?;
    bo.reload().await?;
    bo.back_to_board().await?;
    let script =
        "return window.__seen?.note && window.__seen['screen-board'] ? window.__seen.note : null";
    let seen: f64 = until("the first note", async || bo.read(script, json!([])).await).await?;
    bo.see("add-note").await?;
    let script = "
        document.querySelector('[data-testid=add-note]').click();
        return new Promise(done => {
            const look = () => document.activeElement?.matches('[data-testid=note-editor]')
                ? done(performance.now()) : requestAnimationFrame(look);
            look();
        });";
    let typable: f64 = bo.read(script, json!([])).await?;
    bo.leave_text().await?;
    let painted = painted(bo).await?;
    let screens: Value = bo.read("return window.__seen", json!([])).await?;
    bo.slow_down(1.0).await?;
    Ok(json!({"painted_ms": painted, "notes_ms": seen, "typable_ms": typable, "screens": screens}))
}

/// Types while others write on the same board; how long each keystroke took until it was painted (Event Timing,
/// in steps of 8 ms; what took less than 16 counts as 8).
async fn typing(cli: &Cli, room: &Room, bo: &Browser, link: &str) -> Result<Vec<f64>> {
    let relay = room.relay.url();
    let code = link.split_once('#').context("the link has no code")?.1;
    let keys = BoardKeys::from_link(code)?;
    let mut others = Vec::new();
    let (began, mut begins) = tokio::sync::mpsc::channel(DEVICES);
    // Sixty documents more would keep this machine busier than the page: a few devices write for all of them.
    let devices = cli.writers.min(DEVICES);
    for _ in 0..devices {
        let (relay, keys) = (relay.clone(), keys.clone());
        let pause = PAUSE * u32::try_from(devices)? / u32::try_from(cli.writers)?;
        let began = began.clone();
        others.push(tokio::spawn(async move {
            write(&relay, keys, pause, began).await
        }));
    }
    for _ in 0..devices {
        begins.recv().await.context("nobody else writes")?;
    }
    bo.press("add-note").await?;
    bo.see("note-editor").await?;
    let _: bool = bo
        .read("window.__keys.length = 0; return true", json!([]))
        .await?;
    for n in 0..LETTERS {
        let letter = if n % 6 == 5 { " " } else { "a" };
        bo.keys(letter).await?;
        tokio::time::sleep(LETTER_EVERY).await;
    }
    let mut slow: Vec<f64> = bo.read("return window.__keys", json!([])).await?;
    bo.leave_text().await?;
    others.iter().for_each(tokio::task::JoinHandle::abort);
    slow.truncate(LETTERS);
    slow.resize(LETTERS, 8.0);
    Ok(slow)
}

/// Hangs a note after each pause, until the task is ended; tells when it has begun.
async fn write(
    relay: &str,
    keys: BoardKeys,
    pause: Duration,
    began: tokio::sync::mpsc::Sender<()>,
) -> Result<()> {
    let mut client = Client::new(keys, relay.parse()?, Duration::from_secs(90))?;
    client.caught_up().await?;
    let sections = client.board().view().sections_in_order();
    let wall = sections.iter().find(|it| it.kind == SectionKind::Notes);
    let section = wall.context("the board has no wall")?.id;
    loop {
        let id = NoteId::random(client.rng());
        let [x, y, ..] = id.0;
        let note = Command::AddNote {
            id,
            section,
            quadrant: None,
            text: "någon annan skriver en lapp med ungefär hundra tecken, som folk gör när de har mycket på hjärtat".to_owned(),
            at: Position {
                x: i32::from(x) * 40,
                y: i32::from(y) * 40,
            },
            colour: Colour::Blue,
            author: None,
        };
        client.commit(&[note]).await?;
        let _ = began.try_send(());
        let pause = tokio::time::sleep(pause);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                step = client.step() => drop(step?),
            }
        }
    }
}

/// The value below which `share` of them are.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a few hundred values"
    )]
    let index = ((values.len().saturating_sub(1)) as f64 * share).round() as usize;
    values.get(index).copied().unwrap_or_default()
}

fn print(cli: &Cli, rows: &[Value]) {
    println!(
        "Chromium, processor slowed {} times; {} others write while letters are typed.\n",
        cli.slower, cli.writers
    );
    println!(
        "| notes | first paint, ms | stored board painted / notes / typable, ms | frame while dragging p50 / p95, ms | while panning | keystroke p50 / p95, ms | JS heap, MB | renderers, MB |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let of = |pointer: &str| {
            row.pointer(pointer)
                .and_then(Value::as_f64)
                .unwrap_or_default()
        };
        let pair = |name: &str| {
            let values = row.get(name).and_then(Value::as_array);
            let values = values.into_iter().flatten().filter_map(Value::as_f64);
            let values: Vec<f64> = values.collect();
            let (half, most) = (quantile(&values, 0.5), quantile(&values, 0.95));
            format!("{half:.1} / {most:.1}")
        };
        println!(
            "| {} | {:.0} | {:.0} / {:.0} / {:.0} | {} | {} | {} | {:.0} | {:.0} |",
            of("/notes"),
            of("/first_visit/painted_ms"),
            of("/stored/painted_ms"),
            of("/stored/notes_ms"),
            of("/stored/typable_ms"),
            pair("drag_ms"),
            pair("pan_ms"),
            pair("key_ms"),
            of("/heap_mb"),
            of("/renderers_mb"),
        );
    }
}
