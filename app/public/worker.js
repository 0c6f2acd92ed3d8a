// Starts the worker: the module's main function finds a worker's global scope here and listens to the page.
import init from "./samsyn-app.js";

// What the page says before the module listens is kept and handed on.
const early = [];
const keep = (event) => early.push(event);
self.onmessage = keep;

// After a panic the module's memory is not to be trusted. What is on the disk is; the page can load again.
let stopped = false;
function stop(reason) {
  if (stopped) return;
  stopped = true;
  self.onmessage = null;
  self.postMessage(String(reason));
  self.close();
}
self.addEventListener("error", (event) => stop(event.message));
self.addEventListener("unhandledrejection", (event) => stop(event.reason));

try {
  await init({ module_or_path: "./samsyn-app_bg.wasm" });
  for (const event of early.splice(0)) self.onmessage?.(event);
} catch (error) {
  stop(error);
}
