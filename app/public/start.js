// Starts the page: the module's main function finds a window here and shows the app.
import init from "./samsyn-app.js";

await init({ module_or_path: "./samsyn-app_bg.wasm" });
