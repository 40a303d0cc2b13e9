import react from "@vitejs/plugin-react";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Plugin, defineConfig } from "vite";

/** The node answers these; everything else is the viewer's. */
const NODE = process.env.INTERVAL_NODE ?? "http://127.0.0.1:8043";

/** Files that are worth packing. */
const PACKED = /\.(js|css|html|json|svg|wasm)$/;

/** Writes each file a second time, packed, so that the node need not pack it at each request. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      const folder = fileURLToPath(new URL("dist", import.meta.url));
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!PACKED.test(name)) continue;
        const bytes = readFileSync(`${folder}/${name}`);
        writeFileSync(`${folder}/${name}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), packed()],
  resolve: {
    alias: { events: fileURLToPath(new URL("node_modules/events/events.js", import.meta.url)) },
  },
  worker: { format: "es" },
  // Without a target of their own, styles would lose `light-dark()`.
  build: { target: "es2022", cssTarget: ["chrome123", "firefox120", "safari17.5"], assetsInlineLimit: 0, chunkSizeWarningLimit: 6000 },
  server: {
    proxy: {
      "/api": { target: NODE, secure: false },
      "/auth": { target: NODE, secure: false },
      "/health": { target: NODE, secure: false },
      "/dicom-web": { target: NODE, secure: false },
    },
  },
});
