// The service worker: the app starts and opens a board with no network. It never touches what the relay says.
//
// Every file of a version is fetched when the version is installed. The files under /assets/ carry the hash of
// their content in their names, so a cached one is never stale. A new version waits until the person wants it.

const VERSION = "__SAMSYN_VERSION__";
const ASSETS = ["__SAMSYN_ASSETS__"];
const PREFIX = "samsyn-";
const CACHE = PREFIX + VERSION;

// So long, in milliseconds, the page waits for the network before the cached page is shown.
const PATIENCE = 2500;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/") {
    event.respondWith(page(request));
  } else if (ASSETS.includes(url.pathname) || url.pathname.startsWith("/assets/")) {
    event.respondWith(asset(request));
  }
});

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(ASSETS.map((url) => store(cache, url)));
}

// What an earlier version has under the same hashed name is not fetched again.
async function store(cache, url) {
  const known = url.startsWith("/assets/") ? await caches.match(url) : undefined;
  const response = known ?? (await fetch(url, { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  await cache.put(url, response);
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The network's page if it comes soon; else the cached one. A gateway's own error page is not ours.
async function page(request) {
  const cached = () => caches.match("/", { ignoreSearch: true, cacheName: CACHE });
  const fresh = fetch(request).then((response) => {
    if (!response.ok || response.redirected) throw new Error(`the page: ${response.status}`);
    return response;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const soon = await Promise.race([fresh, late]);
    return soon ?? (await cached()) ?? (await fresh);
  } catch (error) {
    const kept = await cached();
    if (kept) return kept;
    throw error;
  }
}

async function asset(request) {
  const kept = await caches.match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}
