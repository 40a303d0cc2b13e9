// Serves a build of the viewer as the node does, with its content policy, and a mock behind it.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
  "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Starts on a free port; answers with the address and a way to stop. */
export async function serve(answer, folder = fileURLToPath(new URL("../dist", import.meta.url))) {
  const server = createServer((request, response) => {
    if (answer(request, response)) return;
    const path = normalize(new URL(request.url, "http://here").pathname);
    if (path.startsWith("/api/")) return response.writeHead(404).end("{}");
    const file = join(folder, path);
    const isFile = extname(path) !== "" && existsSync(file);
    const found = isFile ? file : join(folder, "index.html");
    response.writeHead(200, {
      "Content-Type": TYPES[extname(found)] ?? "application/octet-stream",
      "Content-Security-Policy": POLICY,
      "Cache-Control": isFile ? "public, max-age=31536000, immutable" : "no-cache",
    });
    createReadStream(found).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { base: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
