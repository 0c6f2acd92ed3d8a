// Starts the page: the module's main function finds a window here and shows the app.
//
// The worker is started first and loads the same module meanwhile. What it says before the page listens is kept.
const early = [];
try {
  const worker = new Worker("./worker.js", { type: "module" });
  worker.onmessage = (event) => early.push(event);
  worker.onerror = (event) => early.push(event);
  globalThis.samsynWorker = { worker, early };
} catch (error) {
  console.error(error);
}

const { default: init } = await import("./samsyn-app.js");
await init({ module_or_path: "./samsyn-app_bg.wasm" });

if ("BarcodeDetector" in globalThis && navigator.mediaDevices?.getUserMedia) import("./camera.js");
