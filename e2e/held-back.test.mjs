// Protects embargoes: no file of the public tree contains anything of a draft, an expired, an embargoed or a future
// document.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { HELD, heldSum } from "./lib/sample.mjs";
import { AT, build, dist, edge, manifest, site, sources, temporary, walk } from "./lib/newsroom.mjs";

const CONTENT = path.join(sources(), "content");
const NOW = Date.parse(AT);

/** The top-level keys of a document's front matter that decide whether it is published. */
function frontMatter(text) {
  const [, head = ""] = /^(?:\+\+\+|---)\r?\n([\s\S]*?)\n(?:\+\+\+|---)\r?\n/.exec(text) ?? [];
  const keys = {};
  for (const line of head.split("\n")) {
    if (/^\s*\[\[?\w/.test(line)) break;
    const [, key, value] = /^(\w+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key) keys[key] = value.replace(/^["'](.*)["']$/, "$1").replaceAll('\\"', '"');
  }
  return { keys, body: text.slice(text.indexOf(head) + head.length + 4) };
}

const passed = (date) => Date.parse(date.replace(/^(\S+) (\S+)$/, "$1T$2")) <= NOW;

/** Why a document is held back, or null. */
function reason(keys) {
  if (keys.draft === "true") return "draft";
  if (keys.expires && passed(keys.expires)) return "expired";
  if (keys.embargo && !passed(keys.embargo)) return "embargoed";
  if (keys.date && !passed(keys.date)) return "future";
  return null;
}

const documents = walk(CONTENT)
  .filter((file) => file.endsWith(".md") && !file.includes(".transcript.") && !file.startsWith("newsletters/"))
  .map((file) => {
    const { keys, body } = frontMatter(fs.readFileSync(path.join(CONTENT, file), "utf8"));
    const [, source] = /^(.*)\.[a-z]{2}\.md$/.exec(file) ?? [];
    return { file, keys, body, source: source ? `${source}.md` : null };
  });
// A translation is held back with its source.
const byFile = new Map(documents.map((d) => [d.file, d]));
for (const document of documents) {
  const source = byFile.get(document.source);
  document.why = reason(document.keys) ?? (source ? reason(source.keys) : null);
}
const held = documents.filter((d) => d.why);
const published = documents.filter((d) => !d.why);

const plain = (text) =>
  text
    .replace(/<[^>]*>/g, "")
    .replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&#x27;", "'")
    .replace(/[‘’]/g, "'")
    .replace(/[“”«»]/g, '"')
    .replace(/[\s\u00a0\u202f]+/g, " ")
    .toLowerCase();

/** Phrases by which a document would be recognised. */
function marks({ file, keys, body }) {
  const slug = keys.slug ?? path.basename(file).replace(/(\.[a-z]{2})?\.md$/, "").replace(/^\d{4}-\d\d-\d\d-/, "");
  const sentences = body
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => /^[\p{L}“]/u.test(paragraph) && !/[[\]*_`]/.test(paragraph))
    .map((paragraph) => plain(paragraph).slice(0, 60))
    .filter((start) => start.length > 40);
  return { slug, phrases: [keys.title, keys.lead].filter(Boolean).map(plain).concat(sentences) };
}

test("the sample has documents of every kind to hold back", () => {
  const kinds = new Set(held.map((d) => d.why));
  assert.deepEqual([...kinds].sort(), Object.keys(HELD).sort());
});

test("the public tree contains nothing of them", () => {
  const files = walk(site());
  const texts = files
    .filter((file) => /\.(html|xml|json|txt|vtt|css|js|svg)$/.test(file))
    .map((file) => ({ file, raw: fs.readFileSync(path.join(site(), file), "utf8") }))
    .map(({ file, raw }) => ({ file, raw, text: plain(raw) }));
  const taken = new Set(published.map((d) => marks(d).slug));
  const known = new Set(published.flatMap((d) => marks(d).phrases));
  const leaks = [];
  for (const document of held) {
    const { slug, phrases } = marks(document);
    const name = `${document.file} (${document.why})`;
    for (const { file, raw, text } of texts) {
      if (!taken.has(slug) && (raw.includes(`/${slug}/`) || raw.includes(`/${slug}.`))) leaks.push(`${name}: its slug in ${file}`);
      const phrase = phrases.find((p) => !known.has(p) && text.includes(p));
      if (phrase) leaks.push(`${name}: “${phrase}” in ${file}`);
    }
    if (!taken.has(slug)) {
      const named = files.filter((file) => file.split("/").some((part) => part === slug || part.startsWith(`${slug}.`)));
      leaks.push(...named.map((file) => `${name}: the file ${file}`));
    }
  }
  assert.deepEqual(leaks, []);
});

test("no picture, address, topic or redirect of them is in the tree or beside it", () => {
  const files = walk(dist()).filter((file) => /^(site|edge|sidecar)\//.test(file));
  const leaks = files.filter(
    (file) => /zyzzyva/i.test(file) || /zyzzyva/i.test(fs.readFileSync(path.join(dist(), file), "latin1")),
  );
  // An expired story answers 410, so the edge must know its address.
  const gone = edge().gone.filter((address) => /zyzzyva/.test(address));
  assert.ok(gone.every((address) => address.includes("zyzzyva-expired")), gone.join(" "));
  // The sidecar must know a dossier before its release, to release it by its own clock.
  assert.deepEqual(leaks.filter((file) => !file.startsWith("edge/") && file !== "sidecar/manifest.json"), []);
});

test("the manifest has future dossiers with their release, expired ones without a name, and no others", () => {
  const told = Object.entries(manifest().media).filter(([id]) => id.startsWith("zyzzyva"));
  const editions = told.flatMap(([id, dossier]) => Object.entries(dossier.editions).map(([lang, edition]) => [`${id} ${lang}`, edition]));
  const waiting = editions.filter(([, { release }]) => release).map(([name, { release }]) => [name, Date.parse(release)]);
  const [embargo, date] = ["2031-01-01T10:00:00+01:00", "2031-11-05T10:00:00+01:00"].map(Date.parse);
  assert.deepEqual(Object.fromEntries(waiting), {
    "zyzzyva-embargoed-clip en": embargo,
    "zyzzyva-embargoed-clip fr": embargo,
    "zyzzyva-future-clip en": date,
    "zyzzyva-future-clip fr": date,
  });
  // Expired dossiers are kept without their names, so that their files answer 410.
  const ended = editions.filter(([, { release }]) => !release);
  assert.deepEqual(ended.map(([name]) => name), ["zyzzyva-expired-clip en", "zyzzyva-expired-clip fr"]);
  for (const [name, { page, title, expires }] of ended) {
    assert.deepEqual([page, title], [null, null], name);
    assert.ok(passed(expires), name);
  }
});

test("nothing public reveals where a file is stored, or the content of a future file", () => {
  const gated = Object.values(manifest().media).flatMap((d) => Object.values(d.renditions)).filter((r) => r.gated);
  assert.ok(gated.length > 2);
  const keys = gated.map((r) => r.key.split("/").slice(0, 2).join("/"));
  const sums = Object.keys(HELD).flatMap((why) => [heldSum(why, true), heldSum(why, false)]);
  const leaks = [];
  for (const file of walk(dist()).filter((file) => /^(site|edge)\//.test(file))) {
    const bytes = fs.readFileSync(path.join(dist(), file), "latin1");
    leaks.push(...[...keys, ...sums].filter((needle) => bytes.includes(needle)).map((needle) => `${needle} in ${file}`));
  }
  assert.deepEqual(leaks, []);
});

test("the public tree equals, byte by byte, that of a newsroom without such dossiers", () => {
  const root = temporary("without");
  fs.cpSync(sources(), root, { recursive: true, filter: (file) => !/zyzzyva-(draft|embargoed|future)-clip/.test(file) });
  const without = temporary("without-dist");
  build(without, { root });
  const tree = (dir) => walk(dir).filter((file) => /^(site|edge)\//.test(file));
  assert.deepEqual(tree(dist()), tree(without));
  const differ = tree(without).filter((file) => !fs.readFileSync(path.join(dist(), file)).equals(fs.readFileSync(path.join(without, file))));
  assert.deepEqual(differ, []);
});

test("published documents are found by the same search", () => {
  const texts = walk(site())
    .filter((file) => file.endsWith(".html"))
    .map((file) => plain(fs.readFileSync(path.join(site(), file), "utf8")));
  const lost = published
    .filter(({ keys }) => keys.title)
    .filter((d) => !texts.some((text) => text.includes(plain(d.keys.title))));
  assert.deepEqual(lost.map((d) => d.file), []);
});
