// Protects what machines read: feed readers get complete feeds, search engines get true sitemaps.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { addressOf, fileAt, manifest, site, walk } from "./lib/newsroom.mjs";
import { attribute, pages } from "./lib/pages.mjs";

const BASE = manifest().base_url;
const HERE = path.dirname(fileURLToPath(import.meta.url));
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
const files = walk(site());
const read = (file) => fs.readFileSync(path.join(site(), file), "utf8");
const absolute = (file) => path.join(site(), file);

/** Whether an absolute address belongs to this site and leads to a file. */
function leads(address) {
  if (!address?.startsWith(`${BASE}/`)) return false;
  return fileAt(new URL(address).pathname) !== null;
}

/** The feed of a language's videos is Media RSS. */
const ofVideos = (file) => /^[^/]+\/video\/feed\.rss$/.test(file);

/** One shape for both kinds of feed. */
const FEEDS = {
  "feed.xml": (text) => {
    const feed = parseAtomFeed(text);
    const link = (links, rel) => links?.find((l) => l.rel === rel)?.href;
    return {
      id: feed.id,
      title: feed.title?.value,
      updated: feed.updated,
      lang: feed.xml?.lang,
      self: link(feed.links, "self"),
      home: link(feed.links, "alternate"),
      entries: (feed.entries ?? []).map((entry) => ({
        id: entry.id,
        title: entry.title?.value,
        published: entry.published,
        updated: entry.updated,
        url: link(entry.links, "alternate"),
        text: entry.summary?.value ?? entry.content?.value,
        links: (entry.links ?? []).map((l) => l.href),
      })),
    };
  },
  "feed.json": (text) => {
    const feed = parseJsonFeed(JSON.parse(text));
    return {
      id: feed.feed_url,
      title: feed.title,
      lang: feed.language,
      self: feed.feed_url,
      home: feed.home_page_url,
      entries: (feed.items ?? []).map((item) => ({
        id: item.id,
        title: item.title,
        published: item.date_published,
        updated: item.date_modified,
        url: item.url,
        text: item.content_text ?? item.content_html ?? item.summary,
        links: [item.url, item.image, ...(item.attachments ?? []).map((a) => a.url)].filter(Boolean),
      })),
    };
  },
};

function faultsOfFeed(file, feed) {
  const wrong = [];
  const want = (ok, what) => ok || wrong.push(`${file}: ${what}`);
  want(feed.title, "no title");
  want(feed.id, "no id");
  want(feed.self === BASE + addressOf(file), `says that it is ${feed.self}`);
  want(leads(feed.home), `its page leads nowhere: ${feed.home}`);
  want(feed.lang === file.split("/")[0], `language ${feed.lang}`);
  want(feed.entries.length > 0 && feed.entries.length <= 30, `${feed.entries.length} entries`);
  if (file.endsWith(".xml")) {
    const newest = Math.max(...feed.entries.map((e) => Date.parse(e.updated)));
    want(DATE.test(feed.updated), `updated ${feed.updated}`);
    want(Date.parse(feed.updated) === newest, `updated ${feed.updated}, and not its newest entry's`);
  }
  const ids = feed.entries.map((e) => e.id);
  want(new Set(ids).size === ids.length, "an id twice");
  feed.entries.forEach((entry, i) => {
    const name = entry.id;
    want(entry.title, `${name}: no title`);
    want(entry.text, `${name}: no text`);
    want(entry.id === entry.url, `${name}: id and address differ: ${entry.url}`);
    want(DATE.test(entry.published) && DATE.test(entry.updated), `${name}: dates ${entry.published} ${entry.updated}`);
    want(Date.parse(entry.updated) >= Date.parse(entry.published), `${name}: updated before published`);
    for (const link of entry.links) {
      want(leads(link) || link?.startsWith(`${BASE}/api/media/`), `${name}: leads nowhere: ${link}`);
    }
    const before = feed.entries[i - 1];
    want(!before || Date.parse(before.published) >= Date.parse(entry.published), `${name}: out of order`);
  });
  return wrong;
}

for (const [name, parse] of Object.entries(FEEDS)) {
  test(`every ${name} parses, with ids, dates and absolute links`, () => {
    const feeds = files.filter((file) => path.basename(file) === name);
    assert.ok(feeds.length > 3, `only ${feeds.length}`);
    assert.deepEqual(feeds.flatMap((file) => faultsOfFeed(file, parse(read(file)))), []);
  });
}

test("an Atom feed and its JSON counterpart have the same content", () => {
  const feeds = files.filter((file) => path.basename(file) === "feed.xml");
  for (const file of feeds) {
    const atom = FEEDS["feed.xml"](read(file));
    const json = FEEDS["feed.json"](read(file.replace(/xml$/, "json")));
    const gist = (feed) => feed.entries.map((e) => [e.id, e.title, e.published, e.updated]);
    assert.deepEqual(gist(atom), gist(json), file);
    assert.equal(atom.title, json.title, file);
  }
});

test("every feed of videos is Media RSS, with public files only", () => {
  const feeds = files.filter(ofVideos);
  const { media } = manifest();
  assert.ok(feeds.length > 0);
  for (const file of feeds) {
    const feed = parseRssFeed(read(file));
    assert.ok(read(file).includes(`<atom:link rel="self" type="application/rss+xml" href="${BASE}${addressOf(file)}"/>`), file);
    assert.equal(feed.language, file.split("/")[0]);
    assert.ok(leads(feed.link), feed.link);
    assert.ok(feed.items.length > 0);
    for (const item of feed.items) {
      assert.ok(item.media.groups?.length > 0, item.link);
      assert.equal(item.guid?.value, item.link);
      assert.ok(leads(item.link), item.link);
      assert.ok(!Number.isNaN(Date.parse(item.pubDate)), item.pubDate);
      assert.ok(item.title && item.description, item.link);
      assert.ok(leads(item.media.thumbnails[0].url), item.link);
      for (const content of item.media.groups.flatMap((group) => group.contents)) {
        const [, id, name] = /\/api\/media\/([^/]+)\/([^/]+)$/.exec(content.url);
        const rendition = media[id].renditions[name];
        assert.equal(rendition.gated, false, content.url);
        assert.equal(content.fileSize, rendition.size);
        assert.equal(content.type, rendition.type);
      }
    }
  }
});

test("every feed that a page links exists, in its language", () => {
  const wrong = [];
  for (const page of pages()) {
    for (const element of page.elements) {
      if (element.tagName !== "link" || !/^application\/(atom|feed|rss)/.test(attribute(element, "type") ?? "")) continue;
      const href = attribute(element, "href");
      if (!fileAt(href) || href.split("/")[1] !== page.lang) wrong.push(`${page.address}: ${href}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every XML file is well formed", () => {
  const xml = files.filter((file) => file.endsWith(".xml") || file.endsWith(".svg")).map(absolute);
  execFileSync("xmllint", ["--noout", "--nonet", ...xml], { stdio: "pipe" });
});

const sitemaps = files.filter((file) => /^sitemap(\.xml$|\/)/.test(file));
const locs = (file) => [...read(file).matchAll(/<loc>([^<]*)<\/loc>/g)].map((m) => m[1].replaceAll("&amp;", "&"));

test("sitemaps are valid", () => {
  assert.ok(sitemaps.length > 1);
  const schema = path.join(HERE, "schemas", "sitemap.xsd");
  const { status, stderr } = spawnSync(
    "xmllint",
    ["--noout", "--nonet", "--schema", schema, ...sitemaps.map(absolute)],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr.replace(/^.* validates\n/gm, ""));
});

test("the index lists every sitemap, and robots.txt names the index", () => {
  const named = locs("sitemap.xml").map((loc) => fileAt(new URL(loc).pathname)).sort();
  assert.deepEqual(named, sitemaps.filter((file) => file !== "sitemap.xml").sort());
  assert.match(read("robots.txt"), new RegExp(`^Sitemap: ${BASE}/sitemap\\.xml$`, "m"));
  assert.match(read("robots.txt"), /^Disallow: \/api\/$/m);
});

test("every address in a sitemap is an indexable page, listed once, and no story is missing", () => {
  const all = sitemaps.filter((file) => file !== "sitemap.xml").flatMap(locs);
  assert.equal(new Set(all).size, all.length, "an address twice");
  const byFile = new Map(pages().map((page) => [page.file, page]));
  const canonical = (page) => {
    const link = page.elements.find((e) => e.tagName === "link" && attribute(e, "rel") === "canonical");
    return link && attribute(link, "href");
  };
  const strange = all.filter((loc) => {
    const page = byFile.get(fileAt(new URL(loc).pathname));
    return !page || canonical(page) !== loc;
  });
  assert.deepEqual(strange, []);
  const wanted = pages().filter((p) => ["home", "article", "section", "video", "page"].includes(p.type));
  const first = wanted.filter((p) => !/\/page\/\d+\/$/.test(p.address));
  assert.deepEqual(first.map((p) => BASE + p.address).filter((address) => !all.includes(address)), []);
});

test("sitemaps and pages name the same translations", () => {
  const byFile = new Map(pages().map((page) => [page.file, page]));
  for (const file of sitemaps.filter((f) => f !== "sitemap.xml")) {
    for (const [, block] of read(file).matchAll(/<url>([\s\S]*?)<\/url>/g)) {
      const loc = /<loc>([^<]*)/.exec(block)[1];
      const said = [...block.matchAll(/hreflang="([^"]+)" href="([^"]+)"/g)].map((m) => [m[1], m[2]]);
      const page = byFile.get(fileAt(new URL(loc).pathname));
      // Lists name their translations only in the page.
      if (said.length === 0 && !["article", "video"].includes(page?.type)) continue;
      const shown = (page?.elements ?? [])
        .filter((e) => e.tagName === "link" && attribute(e, "hreflang") && attribute(e, "rel") === "alternate")
        .map((e) => [attribute(e, "hreflang"), attribute(e, "href")]);
      assert.deepEqual(said.sort(), shown.sort(), loc);
    }
  }
});
