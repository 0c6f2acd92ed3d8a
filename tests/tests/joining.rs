//! Joining a room: the code on the projector, and the camera that reads it. Chromium's camera shows a made-up picture;
//! where this Chromium reads no codes itself, the reading is put in before the page's first line.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make, Scheme};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

/// A reader of codes that finds `sessionStorage.code` in whatever the camera shows.
const READER: &str = "
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ['qr_code']; }
        async detect(video) {
            window.__frames = [video.videoWidth, video.srcObject.active];
            window.__stream = video.srcObject;
            const code = sessionStorage.code;
            return code ? [{rawValue: code}] : [];
        }
    };";

/// No camera may be used.
const REFUSED: &str = "
    navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };";

#[tokio::test]
#[ignore = "drives a real browser: cargo xtask test --only browser"]
async fn a_code_on_the_projector_is_read_by_a_tablets_camera() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = joins(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn joins(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Krisövning med kommunerna").await?;
    let link = bo.share().await?.participant;
    projected(bo).await?;

    ada.on_every_page(READER).await?;
    ada.goto(&room.wifi.url()).await?;
    ada.press("scan").await?;
    frames(ada).await?;
    ada.picture("scan").await?;
    show(ada, "https://example.se/meny").await?;
    ada.see("notice-close").await?;
    ensure!(
        !ada.has("scan-dialog").await?,
        "the dialog hides what is said"
    );
    off(ada).await?;
    show(ada, "").await?;
    ada.press("scan").await?;
    frames(ada).await?;
    show(ada, &link).await?;
    ada.see("join-name").await?;
    ada.write("join-name", "Ada").await?;
    ada.press("join-go").await?;
    ada.see("screen-board").await?;
    off(ada).await
}

/// The code fills what there is of the screen.
async fn projected(bo: &Browser) -> Result<()> {
    for (width, height) in [(1180, 820), (1920, 1080)] {
        bo.look(width, height, Scheme::Light).await?;
        bo.press("share").await?;
        bo.press("participant-link-large").await?;
        bo.see("projected-qr").await?;
        bo.picture(&format!("projected-{width}x{height}")).await?;
        let script = "const r = document.querySelector('[data-testid=projected-qr]').getBoundingClientRect();
            return [Math.min(r.width, r.height) / innerHeight, r.bottom <= innerHeight && r.right <= innerWidth]";
        let (share, inside): (f64, bool) = bo.read(script, json!([])).await?;
        ensure!(share > 0.7 && inside, "the code has {share} of the height");
        bo.close_dialog().await?;
    }
    Ok(())
}

async fn show(ada: &Browser, code: &str) -> Result<()> {
    let script = "sessionStorage.code = arguments[0]; return true";
    let _: bool = ada.read(script, json!([code])).await?;
    Ok(())
}

/// The camera's picture is looked at.
async fn frames(ada: &Browser) -> Result<()> {
    until("a picture from the camera", async || {
        let script = "return (window.__frames?.[0] > 0 && window.__frames[1]) || null";
        let seen: Option<bool> = ada.read(script, json!([])).await?;
        Ok(seen.map(drop))
    })
    .await
}

/// The camera is let go of.
async fn off(ada: &Browser) -> Result<()> {
    until("the camera is off", async || {
        let script = "return window.__stream.active ? null : true";
        let off: Option<bool> = ada.read(script, json!([])).await?;
        Ok(off.map(drop))
    })
    .await
}

#[tokio::test]
#[ignore = "drives a real browser: cargo xtask test --only browser"]
async fn a_camera_that_may_not_be_used_is_said_and_a_browser_without_a_reader_has_no_button()
-> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (ada, dan) = (room.enter("ada").await?, room.enter("dan").await?);
    let result = refused(&room, &ada, &dan).await;
    room.tell(result, &[&ada, &dan]).await
}

async fn refused(room: &Room, ada: &Browser, dan: &Browser) -> Result<()> {
    ada.on_every_page(READER).await?;
    ada.on_every_page(REFUSED).await?;
    ada.goto(&room.wifi.url()).await?;
    ada.press("scan").await?;
    until("what to do is said", async || {
        let said = ada.text("scan-says").await?;
        Ok(said.contains("Tillåt kameran").then_some(()))
    })
    .await?;
    dan.on_every_page("delete window.BarcodeDetector").await?;
    dan.goto(&room.wifi.url()).await?;
    dan.see("open-link").await?;
    ensure!(!dan.has("scan").await?, "a button that cannot work");
    Ok(())
}
