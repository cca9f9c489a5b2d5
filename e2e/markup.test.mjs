// Protects validity: the Nu checker accepts every HTML page and style sheet of the built site.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as csstree from "css-tree";
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

/** A template's mistake occurs on many pages: each message once, with its count. */
function grouped(messages) {
  const groups = Map.groupBy
    ? Map.groupBy(messages, (m) => m.replace(/^[^:]*:\d+: /, ""))
    : messages.reduce((all, m) => {
        const key = m.replace(/^[^:]*:\d+: /, "");
        return all.set(key, [...(all.get(key) ?? []), m]);
      }, new Map());
  return [...groups.values()].map((same) => `${same[0]} (${same.length} times)`);
}

/** Attributes that password managers read, in no standard yet. */
const OF_PASSWORD_MANAGERS = /Attribute “passwordrules” not allowed on element “input” at this point/;

test("every HTML page is valid", () => {
  assert.ok(walk(site()).some((file) => file.endsWith(".html")));
  const found = check("--skip-non-html").filter((m) => !OF_PASSWORD_MANAGERS.test(m));
  assert.deepEqual(grouped(found), []);
});

/** Standard CSS that the Nu checker does not know yet; css-tree, below, checks it. */
const UNKNOWN_TO_NU = [
  /Unrecognized at-rule “@container”/,
  /Property “container-(type|name)” doesn't exist/,
  /“mask”: Too many values or values are not recognized/,
];

test("every style sheet is valid", () => {
  const found = check("--skip-non-css").filter((m) => !UNKNOWN_TO_NU.some((known) => known.test(m)));
  assert.deepEqual(grouped(found), []);
});

test("every declaration in a style sheet is standard CSS", () => {
  const sheets = walk(site()).filter((file) => file.endsWith(".css"));
  assert.ok(sheets.length > 0);
  const wrong = [];
  for (const file of sheets) {
    const onParseError = (error) => wrong.push(`${file}: ${error.message}`);
    const tree = csstree.parse(fs.readFileSync(path.join(site(), file), "utf8"), { onParseError });
    csstree.walk(tree, function (node) {
      if (node.type !== "Declaration" || node.property.startsWith("--")) return;
      // Descriptors, as of @font-face, are not properties.
      if (this.atrule && !this.rule) return;
      const { error } = csstree.lexer.matchDeclaration(node);
      // A value with a custom property is known only in the browser.
      if (error && !error.message.includes("var()")) wrong.push(`${file}: ${csstree.generate(node)}: ${error.message.split("\n")[0]}`);
    });
  }
  assert.deepEqual(wrong, []);
});
