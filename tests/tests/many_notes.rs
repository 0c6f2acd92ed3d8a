//! A wall with as many notes as sixty people make: put up at once, found, picked, worked on together and taken back.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

const TITLE: &str = "Framtidsverkstad skola 2035";
/// As WebDriver names the keys.
const CONTROL: &str = "\u{e009}";
const SHIFT: &str = "\u{e008}";
const RELEASED: &str = "\u{e000}";

/// What people in a municipality write on notes.
const BEGINNINGS: [&str; 20] = [
    "Fler vuxna på fritids",
    "Svårt att få vikarier",
    "Eleverna vill ha lugnare matsal",
    "Föräldrar når oss sent",
    "Vi saknar tid för samplanering",
    "Bussen går för sällan",
    "Ny förskola i Hallsta",
    "AI-stöd för dokumentation",
    "Trångt i omklädningsrummen",
    "Nyanlända hamnar sist",
    "Lokalerna står tomma på sommaren",
    "Skolgården lockar inte de äldre",
    "Biblioteket som mötesplats",
    "Rektor för två skolor",
    "Mer rörelse varje dag",
    "Elevhälsan hinner inte förebygga",
    "Digitala läromedel kostar mer",
    "Samarbete med föreningarna",
    "Färre barn på landsbygden",
    "Kön till kulturskolan",
];
const ENDINGS: [&str; 20] = [
    "",
    " – särskilt på morgnarna",
    ". Vem äger frågan?",
    ", men bara om vi får göra det ihop",
    " i norra delen av kommunen",
    ": det märks redan i höst",
    ". Pröva på en skola först",
    " och det påverkar budgeten 2027",
    ", säger personalen på Lindbacka",
    ". Kan vi mäta det?",
    " jämfört med grannkommunerna",
    ". Bra exempel: Ekeby",
    " trots att vi lovade annat",
    ", fråga eleverna!",
    ". Behövs verkligen?",
    " – koppla till översiktsplanen",
    ". Gör nu, inte sen",
    " när befolkningen åldras",
    " om resorna blir dyrare",
    ". Vi vet för lite",
];

fn lines(count: usize) -> String {
    let all = ENDINGS
        .iter()
        .flat_map(|ending| BEGINNINGS.map(|beginning| format!("{beginning}{ending}")));
    let lines: Vec<String> = all.take(count).collect();
    lines.join("\n")
}

impl Wall<'_> {
    /// Puts up so many notes, one a line.
    async fn paste(&self, count: usize) -> Result<()> {
        self.0.press("menu").await?;
        self.0.press("paste").await?;
        self.0.see("paste-text").await?;
        // Sixty lines a second are not what is tested here.
        let script = "const t = document.querySelector('[data-testid=paste-text]');
            t.value = arguments[0]; t.dispatchEvent(new Event('input', {bubbles: true})); return true";
        let _: bool = self.0.read(script, json!([lines(count)])).await?;
        self.0.press("paste-go").await
    }

    async fn picked(&self, count: usize) -> Result<()> {
        let what = format!("{} has picked {count}", self.0.name());
        until(&what, async || {
            let said = match self.0.has("picks-count").await? {
                true => self.0.text("picks-count").await?,
                false => "0".to_owned(),
            };
            let said = said.split(' ').next().unwrap_or_default().parse::<usize>();
            Ok((said.ok() == Some(count)).then_some(()))
        })
        .await
    }

    /// How many notes the archive has on the board.
    async fn archived(&self) -> Result<usize> {
        let bytes = std::fs::read(self.0.download_archive().await?)?;
        let archive: Value = serde_json::from_slice(&bytes)?;
        let notes = archive
            .get("notes")
            .and_then(Value::as_array)
            .context("no notes")?;
        let there = notes
            .iter()
            .filter(|it| it.get("presence") != Some(&json!("in_trash")));
        Ok(there.count())
    }

    async fn chord(&self, keys: &str) -> Result<()> {
        self.0.keys(&format!("{keys}{RELEASED}")).await
    }

    /// The keyboard is on no field.
    async fn out_of_fields(&self) -> Result<()> {
        let script = "document.activeElement?.blur(); return true";
        self.0.read::<bool>(script, json!([])).await.map(drop)
    }

    async fn colours(&self) -> Result<Vec<String>> {
        let script = "return [...new Set([...document.querySelectorAll('[data-testid=note]')]
            .map(n => [...n.classList].find(c => c.startsWith('paper-'))))].sort()";
        self.0.read(script, json!([])).await
    }

    async fn all_are(&self, colour: &str) -> Result<()> {
        let what = format!("{} sees only {colour}", self.0.name());
        let wanted = vec![format!("paper-{colour}")];
        until(&what, async || {
            Ok((self.colours().await? == wanted).then_some(()))
        })
        .await
    }
}

struct Wall<'a>(&'a Browser);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn four_hundred_notes_are_found_picked_changed_and_taken_back_together() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = many(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn many(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    let wall = Wall(bo);
    wall.paste(400).await?;
    wall.picked(400).await?;
    let drawn = bo.count("note").await?;
    ensure!(
        drawn < 200,
        "only what is near the window is in the page, not {drawn}"
    );
    bo.see("overview").await?;
    bo.pictures("many-picked").await?;
    bo.press("picks-drop").await?;
    bo.pictures("many").await?;
    // Found.
    wall.out_of_fields().await?;
    wall.chord(&format!("{CONTROL}f")).await?;
    bo.write("search-field", "hallsta").await?;
    let what = "the search has found all of them";
    until(what, async || {
        let said = bo.text("search-found").await?;
        Ok(said.starts_with("20 ").then_some(()))
    })
    .await?;
    bo.keys("\u{e007}").await?;
    bo.see("search-found").await?;
    bo.pictures("search").await?;
    bo.press("search-close").await?;
    // Picked and changed as one step.
    wall.out_of_fields().await?;
    wall.chord(&format!("{CONTROL}a")).await?;
    wall.picked(400).await?;
    bo.press("picks-menu").await?;
    bo.press("colour-green").await?;
    bo.close_dialog().await?;
    wall.all_are("green").await?;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    Wall(ada).all_are("green").await?;
    // Ada writes on; what Bo takes back is only his own.
    ada.press("zoom-fit").await?;
    ada.add_note("Adas egen lapp").await?;
    bo.press("zoom-fit").await?;
    bo.sees_notes(&["Adas egen lapp"]).await?;
    bo.press("undo-step").await?;
    bo.see("notice").await?;
    Wall(ada).has_not("green").await?;
    ada.sees_notes(&["Adas egen lapp"]).await?;
    bo.press("redo-step").await?;
    ada.sees_notes(&["Adas egen lapp"]).await?;
    // Away and back.
    wall.out_of_fields().await?;
    wall.chord(&format!("{CONTROL}a")).await?;
    wall.picked(401).await?;
    bo.press("picks-remove").await?;
    bo.sees_no_note("Fler vuxna").await?;
    ada.sees_no_note("Fler vuxna").await?;
    wall.out_of_fields().await?;
    wall.chord(&format!("{CONTROL}z")).await?;
    bo.sees_notes(&["Adas egen lapp"]).await?;
    bo.all_shared().await?;
    ensure!(wall.archived().await? == 401, "not all are back");
    Ok(())
}

impl Wall<'_> {
    async fn has_not(&self, colour: &str) -> Result<()> {
        let what = format!("{} sees nothing {colour}", self.0.name());
        let unwanted = format!("paper-{colour}");
        until(&what, async || {
            let colours = self.colours().await?;
            Ok((!colours.contains(&unwanted)).then_some(()))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn notes_are_picked_arranged_and_doubled_by_keys_and_by_frame() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = few(&room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn few(room: &Room, bo: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    bo.section("notes").await?;
    let wall = Wall(bo);
    for text in ["Första", "Andra", "Tredje"] {
        bo.add_note(text).await?;
    }
    bo.focus_note("Första").await?;
    bo.keys(" ").await?;
    wall.picked(1).await?;
    bo.focus_note("Andra").await?;
    bo.keys(" ").await?;
    wall.picked(2).await?;
    bo.pictures("picked").await?;
    bo.press("picks-double").await?;
    wall.picked(2).await?;
    let count = bo.notes().await?.len();
    ensure!(count == 5, "{count} notes");
    wall.out_of_fields().await?;
    wall.chord(&format!("{CONTROL}a")).await?;
    wall.picked(5).await?;
    bo.press("picks-arrange").await?;
    let rows = until("they stand in rows", async || {
        let mut rows: Vec<String> = bo.notes().await?.into_iter().map(|it| it.at.1).collect();
        rows.sort();
        rows.dedup();
        Ok((rows.len() == 2).then_some(rows))
    })
    .await?;
    ensure!(rows.len() == 2, "{rows:?}");
    bo.keys("\u{e00c}").await?;
    wall.picked(0).await?;
    // A frame, as a finger draws it.
    bo.press("zoom-fit").await?;
    bo.press("pick-mode").await?;
    bo.drag_from("wall", (20, 20), (1150, 600)).await?;
    wall.picked(5).await?;
    bo.press("picks-drop").await?;
    // One by one back to an empty wall, in the words too.
    wall.out_of_fields().await?;
    for _ in 0..2 {
        wall.chord(&format!("{CONTROL}z")).await?;
    }
    until("the copies are gone", async || {
        Ok((bo.notes().await?.len() == 3).then_some(()))
    })
    .await?;
    wall.chord(&format!("{CONTROL}{SHIFT}z")).await?;
    until("the copies are back", async || {
        Ok((bo.notes().await?.len() == 5).then_some(()))
    })
    .await?;
    // In a text, Ctrl+Z takes back what was typed there.
    bo.write_in_note("Tredje", " gången gillt").await?;
    wall.chord(&format!("{CONTROL}z")).await?;
    bo.leave_text().await?;
    bo.sees_notes(&["Tredje"]).await?;
    wall.out_of_fields().await?;
    bo.keys("?").await?;
    bo.see("keys").await?;
    bo.pictures("keys").await?;
    bo.press("letters").await?;
    bo.close_dialog().await?;
    wall.out_of_fields().await?;
    bo.keys("n").await?;
    ensure!(bo.notes().await?.len() == 5, "single letters are words now");
    Ok(())
}
