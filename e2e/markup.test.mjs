// Protects the grammar: every HTML page and style sheet of the built site is valid by the Nu checker.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { site, walk } from "./lib/newsroom.mjs";

const JAR = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules/vnu-jar/build/dist/vnu.jar");

function check(...options) {
  const output = execFileSync(
    "java",
    ["-jar", JAR, "--errors-only", "--exit-zero-always", "--stdout", "--format", "json", ...options, site()],
    { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] },
  );
  return JSON.parse(output).messages.map(
    ({ url, lastLine, message, extract }) =>
      `${decodeURI(url ?? "").split("/site/").pop()}:${lastLine}: ${message} ${(extract ?? "").trim()}`,
  );
}

/** The same mistake of a template stands on many pages: each message once, with how often. */
function grouped(messages) {
  const groups = Map.groupBy
    ? Map.groupBy(messages, (m) => m.replace(/^[^:]*:\d+: /, ""))
    : messages.reduce((all, m) => {
        const key = m.replace(/^[^:]*:\d+: /, "");
        return all.set(key, [...(all.get(key) ?? []), m]);
      }, new Map());
  return [...groups.values()].map((same) => `${same[0]} (${same.length} times)`);
}

test("every HTML page is valid", () => {
  assert.ok(walk(site()).some((file) => file.endsWith(".html")));
  assert.deepEqual(grouped(check("--skip-non-html")), []);
});

test("every style sheet is valid", () => {
  assert.ok(walk(site()).some((file) => file.endsWith(".css")));
  assert.deepEqual(grouped(check("--skip-non-css")), []);
});
