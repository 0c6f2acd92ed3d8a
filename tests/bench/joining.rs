//! How long somebody waits who opens a participant's link for the first time, over a good network: from the address
//! until a note can be written.

use anyhow::Result;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::proxy::{Line, Link};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

use crate::{SETTLED, hang, tell};

/// A good network: bits a second down and up, and the time there and back.
const NETWORK: Line = Line {
    down: 20_000_000,
    up: 5_000_000,
    round_trip: std::time::Duration::from_millis(40),
};

/// Gives a name as soon as one is asked for, starts a note as soon as one can be started, and notes when what was there.
const JOIN: &str = "
    window.__joined = {};
    const see = (what, css, act) => {
        const found = document.querySelector(css);
        if (!found || what in window.__joined) return;
        window.__joined[what] = performance.now();
        act?.(found);
    };
    new MutationObserver((_, observer) => {
        see('asked_ms', '[data-testid=join-name]', name => {
            name.value = 'Ny';
            name.dispatchEvent(new Event('input', {bubbles: true}));
            requestAnimationFrame(() => document.querySelector('[data-testid=join-go]').click());
        });
        see('board_ms', '[data-testid=screen-board]');
        see('notes_ms', '[data-testid=note-text]:not([data-text=\"\"])');
        if (window.__joined.notes_ms) see('writable_ms', '[data-testid=add-note]', add => {
            add.click();
            const look = () => document.activeElement?.matches('[data-testid=note-editor]')
                ? window.__joined.typable_ms = performance.now() : requestAnimationFrame(look);
            look();
            observer.disconnect();
        });
    }).observe(document, {childList: true, subtree: true, attributes: true});";

pub async fn measure(notes: usize, slower: f64) -> Result<Value> {
    tell(&format!("joining {notes} notes, slowed {slower} times"));
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = join(notes, slower, &room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn join(
    notes: usize,
    slower: f64,
    room: &Room,
    bo: &Browser,
    ada: &Browser,
) -> Result<Value> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Mätning").await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    hang(bo, notes).await?;
    bo.all_shared().await?;
    tokio::time::sleep(SETTLED).await;
    // Nobody else's page keeps the processor busy.
    bo.goto("about:blank").await?;
    room.wifi.set(Link::Line(NETWORK));
    ada.on_every_page(JOIN).await?;
    ada.slow_down(slower).await?;
    ada.goto(&link).await?;
    let joined: Value = until("a note can be written", async || {
        let script = "return window.__joined?.typable_ms ? window.__joined : null";
        ada.read(script, json!([])).await
    })
    .await?;
    let script = "return {painted_ms: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
        fetched_kb: performance.getEntriesByType('resource').reduce((sum, it) => sum + it.transferSize, 0) / 1e3}";
    let page: Value = ada.read(script, json!([])).await?;
    Ok(json!({"notes": notes, "slower": slower, "joined": joined, "page": page}))
}

pub fn print(rows: &[Value]) {
    println!(
        "\nA participant's link, opened for the first time over 20 and 5 Mbit/s with 40 ms; ms from the address.\n"
    );
    println!(
        "| notes | slowed | painted | asked for a name | board | its notes | a note can be typed |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let of = |pointer: &str| {
            let value = row.pointer(pointer).and_then(Value::as_f64);
            value.unwrap_or_default()
        };
        println!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            of("/notes"),
            of("/slower"),
            of("/page/painted_ms"),
            of("/joined/asked_ms"),
            of("/joined/board_ms"),
            of("/joined/notes_ms"),
            of("/joined/typable_ms"),
        );
    }
}
