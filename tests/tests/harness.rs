//! What the browser tests rely on, checked on a page of a few lines: if this fails, the machine is to blame.

use std::net::SocketAddr;

use anyhow::Result;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::proxy::{Link, Proxy};
use samsyn_tests::wait::until;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PAGE: &str = "<!doctype html><meta charset=utf-8><textarea data-testid=field></textarea>\
    <button data-testid=go onclick=\"this.textContent = 'pressed'\">press</button>";

/// Serves one page to everyone who asks.
async fn server() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                drop(stream.read(&mut request).await);
                let length = PAGE.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                drop(stream.write_all(format!("{head}{PAGE}").as_bytes()).await);
            });
        }
    });
    Ok(address)
}

/// Looking, writing, pressing, and a wire that can be cut.
async fn check_basics(make: Make) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let proxy = Proxy::start(server().await?).await?;
    let browser = Browser::open(make, "ada", folder.path()).await?;
    browser.goto(&proxy.url()).await?;
    browser.write("field", "smörgås ").await?;
    browser.insert("👩‍🚀").await?;
    assert_eq!(browser.text("field").await?, "smörgås 👩‍🚀");
    browser.press("go").await?;
    assert_eq!(browser.text("go").await?, "pressed");
    browser.pictures("harness").await?;
    proxy.set(Link::Cut);
    let reached: bool = browser.fetch_works().await?;
    assert!(!reached);
    proxy.set(Link::Up);
    until("the page comes again", async || {
        Ok(browser.fetch_works().await?.then_some(()))
    })
    .await?;
    browser.close().await
}

#[tokio::test]
#[ignore = "drives a browser: cargo xtask test --only browser"]
async fn chromium_can_be_driven() -> Result<()> {
    check_basics(Make::Chromium).await
}

#[tokio::test]
#[ignore = "drives a browser: cargo xtask test --only browser"]
async fn firefox_can_be_driven() -> Result<()> {
    check_basics(Make::Firefox).await
}

#[tokio::test]
#[ignore = "drives a browser: cargo xtask test --only browser"]
async fn webkit_can_be_driven() -> Result<()> {
    check_basics(Make::WebKit).await
}

#[tokio::test]
#[ignore = "drives a browser: cargo xtask test --only browser"]
async fn a_browser_opened_again_keeps_what_its_profile_held() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("http://{}", server().await?);
    let mut browser = Browser::open(Make::Chromium, "ada", folder.path()).await?;
    browser.goto(&url).await?;
    let () = browser
        .read("localStorage.setItem('word', 'kvar')", json!([]))
        .await?;
    browser.reopen().await?;
    browser.goto(&url).await?;
    assert_eq!(
        browser
            .read::<String>("return localStorage.getItem('word')", json!([]))
            .await?,
        "kvar"
    );
    browser.die_and_reopen().await?;
    browser.goto(&url).await?;
    assert_eq!(
        browser
            .read::<String>("return localStorage.getItem('word')", json!([]))
            .await?,
        "kvar"
    );
    browser.close().await
}
