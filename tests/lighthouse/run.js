// Lighthouse (https://github.com/GoogleChrome/lighthouse) on the start page, a board and the page of who follows a
// link, served by the real program: SAMSYN_BIN says which, CHROME_PATH in which browser. Prints the scores, what cost
// points, and ends with 1 if a score is too low.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const LEAST = { accessibility: 100, "best-practices": 95 };

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const testid = (id) => `[data-testid="${id}"]`;

async function answers(url, relay) {
  for (let left = 200; left > 0; left -= 1) {
    if (relay.exitCode !== null) throw new Error("the server has ended");
    const there = await fetch(`${url}/readyz`).catch(() => null);
    if (there?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server does not answer");
}

let failed = false;

async function look(name, shows, url, page) {
  const result = await lighthouse(
    url,
    // The board is what the browser keeps; without this Lighthouse would begin with an empty one.
    { onlyCategories: Object.keys(LEAST), disableStorageReset: true, logLevel: "error" },
    { extends: "lighthouse:default", settings: { formFactor: "desktop", screenEmulation: { disabled: true } } },
    page,
  );
  const { categories, audits, runtimeError } = result.lhr;
  if (runtimeError) throw new Error(`${name}: ${runtimeError.message}`);
  if (!(await page.$(testid(shows)))) throw new Error(`${name}: Lighthouse looked at something else`);
  for (const [id, least] of Object.entries(LEAST)) {
    const score = Math.round(categories[id].score * 100);
    failed ||= score < least;
    console.log(`  ${score < least ? "FAILED" : "ok    "} ${name.padEnd(6)} ${id.padEnd(15)} ${score} (at least ${least})`);
    for (const { id: audit, weight } of categories[id].auditRefs) {
      const { score, title, details } = audits[audit];
      if (weight === 0 || score === null || score === 1) continue;
      const items = (details?.items ?? []).slice(0, 5).map((it) => it.node?.snippet ?? JSON.stringify(it));
      console.log(`         ${audit}: ${title}\n           ${items.join("\n           ")}`);
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), "samsyn-lighthouse-"));
const url = `http://127.0.0.1:${await freePort()}`;
const serve = ["serve", "--listen", url.slice("http://".length), "--data", join(folder, "data")];
const relay = spawn(process.env.SAMSYN_BIN, serve, { stdio: "ignore" });
let browser;
try {
  await answers(url, relay);
  browser = await puppeteer.launch({
    executablePath: process.env.CHROME_PATH,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=sv"],
    defaultViewport: { width: 1180, height: 820 },
    userDataDir: join(folder, "profile"),
  });
  const page = await browser.newPage();
  await look("start", "screen-start", `${url}/`, page);
  await page.goto(`${url}/`);
  await page.locator(testid("new-board")).click();
  await page.locator(testid("create-board")).click();
  await page.locator(testid("add-note")).click();
  await page.locator(testid("note-editor")).fill("Fler äldre, färre händer");
  await page.keyboard.press("Escape");
  await page.locator(testid("share")).click();
  const field = await page.locator(testid("participant-link")).waitHandle();
  const link = await field.evaluate((it) => it.value);
  await page.locator(testid("dialog-close")).click();
  await look("board", "note", page.url(), page);
  const guest = await (await browser.createBrowserContext()).newPage();
  await look("join", "join-name", link, guest);
} finally {
  await browser?.close();
  relay.kill();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
