// Protects `dateline publish`: what a folder and a bucket serve after it, in a real browser, and who is told of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync, brotliDecompressSync } from "node:zlib";
import { launch, watched } from "./lib/browser.mjs";
import { startBucket, withBucket } from "./lib/bucket.mjs";
import { addressOf, DATELINE, freePort, sources, temporary, walk } from "./lib/newsroom.mjs";
import { ask } from "./lib/ranges.mjs";
import { startCaddy, startNginx } from "./lib/web-servers.mjs";

const STORY = "content/news/publish-me.md";
const PAGE = "en/news/2026/03/04/publish-me/index.html";
const started = [];
let browser;
before(async () => {
  browser = await launch();
});
after(() => Promise.all([browser.close(), ...started.map((one) => one.stop())]));

/** Runs the program: `{ code, out, said }`. Nothing here may block, for servers of this process are called. */
const run = (args, env = {}) =>
  new Promise((done) => {
    const all = { encoding: "utf8", env: { ...process.env, ...env } };
    execFile(DATELINE, args, all, (error, out, said) => done({ code: error ? error.code : 0, out, said }));
  });

/** A server that keeps what is posted to it. */
async function listener() {
  const got = [];
  const server = createServer(async (request, answer) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    got.push({ path: request.url, body });
    answer.end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const stop = () => new Promise((closed) => server.close(closed) && server.closeAllConnections());
  started.push({ stop });
  return { url: `http://127.0.0.1:${server.address().port}`, taken: () => got.splice(0) };
}

/** A newsroom of its own with a target `live`, and commands on it. */
async function newsroom(table, env = {}) {
  const root = temporary("publish");
  for (const folder of ["content", "themes"]) {
    fs.cpSync(path.join(sources(), folder), path.join(root, folder), { recursive: true });
  }
  // Pictures are not what these tests are about: one width of each is quick.
  const slots = path.join(root, "themes/newsroom/theme.toml");
  fs.writeFileSync(slots, fs.readFileSync(slots, "utf8").replace(/^widths = .*$/gm, "widths = [240]"));
  const port = await freePort();
  const out = path.join(root, "out");
  const site = path.join(out, "site");
  fs.appendFileSync(path.join(root, "content/site.toml"), `\n[publish.live]\n${table}\n`);
  const write = (text) => fs.writeFileSync(path.join(root, STORY), `+++\ntitle = "Publish me"\ndate = 2026-03-04\n+++\n${text}\n`);
  const build = async (...args) => {
    const { code, said } = await run(["build", "--root", root, "--out", out, "--base-url", `http://127.0.0.1:${port}`, ...args]);
    assert.equal(code, 0, said);
  };
  const publish = (...args) => run(["publish", "live", "--root", root, "--out", out, ...args], env);
  const published = async (...args) => {
    const { code, out, said } = await publish(...args);
    assert.equal(code, 0, said);
    return out;
  };
  return { root, out, site, port, write, build, publish, published };
}

/** The content of every file below a folder. */
const contents = (folder) => new Map(walk(folder).map((file) => [file, fs.readFileSync(path.join(folder, file), "latin1")]));

/** Opens the story; faults that are not of the sidecar, which is not there, fail the test. */
async function reads(origin, sentence) {
  const context = await browser.newContext();
  const page = await watched(context);
  await page.goto(`${origin}/${PAGE.replace("index.html", "")}`);
  assert.match(await page.locator("main").innerText(), sentence);
  const color = await page.evaluate(() => getComputedStyle(document.body).getPropertyValue("--published").trim());
  const faults = page.faults.filter((fault) => !fault.includes("/api/"));
  assert.deepEqual(faults, []);
  await context.close();
  return color;
}

/** What a target must do, with `folder` as its content on the disk. */
async function serves(room, folder) {
  const { root, site, port, write, build, published } = room;
  write("The first sentence.");
  await build();
  const table = await published("--dry-run");
  assert.match(table, /new pages +\d+ +[\d.]+ .?B/);
  assert.ok(!fs.existsSync(path.join(folder, PAGE)), "a dry run changes nothing");
  await published();
  const first = contents(site);
  for (const [file, text] of first) assert.equal(fs.readFileSync(path.join(folder, file), "latin1"), text, file);
  const server = await startNginx({ site: folder, edge: path.join(room.out, "edge"), port, more: "gzip_static on;" });
  started.push(server);
  assert.equal(await reads(server.origin, /The first sentence/), "");

  // A style has another name with every content: pages that a browser still has find the old one.
  write("The second sentence.");
  const styles = path.join(root, "themes/newsroom/assets/css/site.css");
  fs.appendFileSync(styles, "\nbody { --published: twice; }\n");
  await build();
  const second = contents(site);
  const gone = [...first.keys()].filter((file) => !second.has(file));
  assert.ok(gone.some((file) => /^assets\/.*\.css$/.test(file)), `${gone}`);
  assert.match(await published("--dry-run", "--all"), new RegExp(`~ ${PAGE}`));
  await published();
  assert.equal(await reads(server.origin, /The second sentence/), "twice");
  for (const file of gone.filter((file) => file.startsWith("assets/"))) {
    assert.equal((await ask(server.origin, `/${file}`)).status, 200, `${file} stays for a while`);
  }
  assert.match(await published(), /has this build already/);
}

test("a folder serves each build, in compressed forms too", async () => {
  const folder = temporary("www");
  const room = await newsroom(`target = "dir:${folder}"\ncompress = ["br", "gzip"]`);
  await serves(room, folder);
  const address = addressOf(PAGE);
  const plain = fs.readFileSync(path.join(folder, PAGE));
  const caddy = await startCaddy({ site: folder, edge: path.join(room.out, "edge"), files: "precompressed br gzip" });
  started.push(caddy);
  const nginx = `http://127.0.0.1:${room.port}`;
  for (const [origin, coding, open] of [[nginx, "gzip", gunzipSync], [caddy.origin, "br", brotliDecompressSync]]) {
    const got = await ask(origin, address, { headers: { "Accept-Encoding": coding } });
    assert.equal(got.headers["content-encoding"], coding);
    assert.match(got.headers["content-type"], /^text\/html/);
    assert.ok(open(got.body).equals(plain), coding);
    assert.ok((await ask(origin, address)).body.equals(plain), "for those who accept none");
  }
});

test("a bucket serves each build", withBucket, async () => {
  const bucket = await startBucket();
  started.push(bucket);
  const room = await newsroom(`target = "s3://news/site?endpoint=${bucket.endpoint}"`, bucket.env);
  await serves(room, path.join(bucket.folder, "site"));
});

test("the CDN, search engines and hubs learn of what changed, and of nothing else", async () => {
  const [cdn, engine, hub] = [await listener(), await listener(), await listener()];
  const folder = temporary("www");
  const room = await newsroom(
    `target = "dir:${folder}"\npurge = "${cdn.url}/purge"\nindexnow_key = "0123456789"\n` +
      `indexnow_endpoint = "${engine.url}/indexnow"\nwebsub = "${hub.url}/"`,
  );
  const { site, port, write, build, published } = room;
  write("The first sentence.");
  await build();
  await published();
  const before = contents(site);
  for (const one of [cdn, engine, hub]) assert.ok(one.taken().length > 0);
  write("The second sentence.");
  await build();
  await published();
  const now = contents(site);
  const changed = [...now.keys()].filter((file) => before.get(file) !== now.get(file));
  assert.ok(changed.includes(PAGE) && changed.length < 30, `${changed}`);
  const urls = (files) => files.map((file) => `http://127.0.0.1:${port}${addressOf(file)}`).sort();
  const [purged, ...more] = cdn.taken();
  assert.deepEqual(more, []);
  assert.deepEqual([purged.path, JSON.parse(purged.body).urls.sort()], ["/purge", urls(changed)]);
  const [told] = engine.taken();
  const list = JSON.parse(told.body);
  assert.deepEqual([list.host, list.urlList.sort()], [`127.0.0.1:${port}`, urls(changed.filter((file) => file.endsWith(".html")))]);
  const topics = hub.taken().map(({ body }) => new URLSearchParams(body).get("hub.url"));
  assert.ok(topics.length > 0);
  assert.deepEqual(topics.sort(), urls(changed.filter((file) => /(^|\/)feed\.(xml|json)$/.test(file))));
  await published();
  for (const one of [cdn, engine, hub]) assert.deepEqual(one.taken(), [], "nothing changed");
});

test("previews, and builds that would remove much, are refused", async () => {
  const folder = temporary("www");
  const { root, site, write, build, publish, published } = await newsroom(`target = "dir:${folder}"`);
  write("Text.");
  await build();
  await published();
  const held = contents(folder);
  const refused = async (said, ...args) => {
    const { code, said: text } = await publish(...args);
    assert.equal(code, 1);
    assert.match(text, said);
    assert.deepEqual(contents(folder), held);
  };
  for (const preview of [["--drafts"], ["--at", "2030-01-01T00:00:00Z"]]) {
    await build(...preview);
    await refused(/--drafts or --at/);
  }
  // The back catalogue has expired.
  const old = walk(path.join(root, "content")).filter((file) => /^news\/2019\/.*\.md$/.test(file));
  for (const file of old) {
    const place = path.join(root, "content", file);
    fs.writeFileSync(place, fs.readFileSync(place, "utf8").replace(/^\+\+\+\n/, "+++\nexpires = 2020-01-01T00:00:00Z\n"));
  }
  await build();
  const count = [...held.keys()].filter((file) => !file.startsWith(".") && !fs.existsSync(path.join(site, file))).length;
  assert.ok(count > held.size / 10, `${count} of ${held.size}`);
  await refused(/files at the target would be removed/);
  const named = /--yes-remove (\d+)/.exec((await publish()).said)[1];
  await published("--yes-remove", named);
  assert.ok(!walk(folder).some((file) => file.startsWith("en/news/2019/")));
  assert.ok(fs.existsSync(path.join(folder, PAGE)));
});
