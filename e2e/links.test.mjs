// Protects permanence: every link, picture, asset and #fragment in the built tree leads somewhere, every
// page knows its own address, and editions in other languages name one another.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { edge, fileAt, manifest, site, walk } from "./lib/newsroom.mjs";
import { attribute, pages, textOf } from "./lib/pages.mjs";

const catalogue = manifest();
const BASE = catalogue.base_url;
const byFile = new Map(pages().map((page) => [page.file, page]));

const srcset = (value) => value.split(",").map((part) => part.trim().split(/\s+/)[0]);
const ADDRESSES = {
  href: (v) => [v],
  src: (v) => [v],
  poster: (v) => [v],
  action: (v) => [v],
  formaction: (v) => [v],
  cite: (v) => [v],
  data: (v) => [v],
  srcset,
  imagesrcset: srcset,
};

/** Every address that an element names. */
function addressesIn(element) {
  const found = [];
  for (const [name, split] of Object.entries(ADDRESSES)) {
    const value = attribute(element, name);
    if (value !== null) found.push(...split(value));
  }
  if (element.tagName === "meta") {
    const content = attribute(element, "content") ?? "";
    const refresh = /^\s*\d+\s*;\s*url=(.*)$/i.exec(content);
    if (refresh && attribute(element, "http-equiv")) found.push(refresh[1]);
    if (content.startsWith("http")) found.push(content);
  }
  if (element.tagName === "script" && attribute(element, "type") === "application/ld+json") {
    JSON.parse(textOf(element), (key, value) => {
      if (typeof value === "string" && value.startsWith(`${BASE}/`)) found.push(value);
      return value;
    });
  }
  return found;
}

/** The fault of an address on a page, or null. */
function fault(page, address) {
  let url;
  try {
    url = new URL(address, BASE + page.address);
  } catch {
    return "not an address";
  }
  if (url.protocol === "http:") return "not https";
  if (!["https:", "mailto:", "tel:"].includes(url.protocol)) return `scheme ${url.protocol}`;
  if (url.origin !== BASE) return null;
  const [, id, rendition] = /^\/api\/media\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  const entry = catalogue.media[id] ?? catalogue.pictures[id];
  if (id) return entry?.renditions[rendition] ? null : "no such rendition";
  if (url.pathname.startsWith("/api/")) return null;
  const file = fileAt(url.pathname);
  if (!file) return "no such file";
  const fragment = decodeURIComponent(url.hash.slice(1));
  if (!fragment) return null;
  const target = byFile.get(file);
  // A position in the video on the page (Media Fragments URI).
  if (/^t=\d+(\.\d+)?$/.test(fragment)) return target?.elements.some((e) => e.tagName === "video") ? null : "no video to seek in";
  return !target || target.ids.has(fragment) ? null : "no such fragment";
}

test("every link, picture, asset and fragment leads somewhere", () => {
  const wrong = [];
  let looked = 0;
  for (const page of pages()) {
    for (const element of page.elements) {
      for (const address of addressesIn(element)) {
        looked++;
        const why = fault(page, address);
        if (why) wrong.push(`${page.address}: <${element.tagName}> ${address}: ${why}`);
      }
    }
  }
  assert.ok(looked > 500, `looked at ${looked} only`);
  assert.deepEqual(wrong, []);
});

test("every file that a style sheet names exists", () => {
  const wrong = [];
  for (const file of walk(site()).filter((f) => f.endsWith(".css"))) {
    const css = fs.readFileSync(path.join(site(), file), "utf8");
    for (const [, , address] of css.matchAll(/url\((["']?)([^)"']+)\1\)/g)) {
      if (address.startsWith("#") || address.startsWith("data:")) continue;
      const { pathname } = new URL(address, `${BASE}/${file}`);
      if (!fileAt(pathname)) wrong.push(`${file}: ${address}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("no id occurs twice on a page", () => {
  const wrong = [];
  for (const page of pages()) {
    const ids = page.elements.map((e) => attribute(e, "id")).filter(Boolean);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    wrong.push(...twice.map((id) => `${page.address}: ${id}`));
  }
  assert.deepEqual(wrong, []);
});

const links = (page, test) => page.elements.filter((e) => e.tagName === "link" && test(e));
const canonicalOf = (page) =>
  links(page, (e) => attribute(e, "rel") === "canonical").map((e) => attribute(e, "href"));
const noindex = (page) =>
  page.elements.some((e) => attribute(e, "name") === "robots" && /noindex/.test(attribute(e, "content")));
const alternates = (page) =>
  links(page, (e) => attribute(e, "rel") === "alternate" && attribute(e, "hreflang"))
    .map((e) => [attribute(e, "hreflang"), attribute(e, "href")]);

test("the canonical address of every page is its own", () => {
  const wrong = [];
  for (const page of pages()) {
    if (page.type === "redirect" || page.type === "root" || noindex(page)) continue;
    const said = canonicalOf(page);
    if (said.length !== 1 || said[0] !== BASE + page.address) wrong.push(`${page.address}: ${said}`);
  }
  assert.deepEqual(wrong, []);
});

test("only pages without content are excluded from search engines", () => {
  const types = new Set(pages().filter(noindex).map((page) => page.type));
  for (const type of ["home", "article", "video", "page", "section", "term"]) assert.ok(!types.has(type), type);
  const accounts = pages().filter((page) => page.type === "account");
  assert.ok(accounts.length >= 12);
  for (const page of accounts) assert.ok(noindex(page), page.address);
});

test("editions in other languages name one another, and themselves", () => {
  const wrong = [];
  let several = 0;
  for (const page of pages()) {
    const own = alternates(page);
    if (own.length === 0) continue;
    several++;
    const self = own.filter(([lang, href]) => lang === page.lang && href === BASE + page.address);
    if (self.length !== 1) wrong.push(`${page.address} does not name itself`);
    for (const [lang, href] of own) {
      const other = byFile.get(fileAt(new URL(href).pathname));
      if (!other) wrong.push(`${page.address}: ${href} is not there`);
      else if (lang !== "x-default" && other.lang !== lang) wrong.push(`${page.address}: ${href} is in ${other.lang}`);
      else if (JSON.stringify(alternates(other)) !== JSON.stringify(own)) {
        wrong.push(`${page.address}: ${href} names others`);
      }
    }
  }
  assert.ok(several >= 6, `only ${several} pages in several languages`);
  assert.deepEqual(wrong, []);
});

test("the home pages of the languages are editions of one another", () => {
  const homes = pages().filter((page) => page.type === "home");
  assert.ok(homes.length > 1);
  for (const page of homes) {
    const own = new Map(alternates(page));
    assert.equal(own.size, homes.length + 1, page.address);
    assert.equal(own.get("x-default"), own.get("en"), page.address);
  }
});

test("redirects lead to pages, and removed addresses have no page", () => {
  const { redirects, gone } = edge();
  for (const { from, to } of redirects) assert.ok(fileAt(new URL(to, BASE).pathname), `${from} → ${to}`);
  for (const address of gone) assert.equal(fileAt(address), null, address);
});
