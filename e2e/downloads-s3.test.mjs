// Protects downloads whose files are in a bucket: readers hold our address, are led to the store's for minutes, and
// end with the right bytes when that address ends on their way.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { PASSWORD } from "./lib/accounts.mjs";
import { launch, watched } from "./lib/browser.mjs";
import { granted, plain, Store, withStore } from "./lib/store.mjs";
import { aria2c, curl, sizeOf, wget } from "./lib/clients.mjs";
import { FRONT } from "./lib/front.mjs";
import { build, freePort, readJson, sources, temporary } from "./lib/newsroom.mjs";
import { plays } from "./lib/player.mjs";
import { MIB, noise, sha256, sha256Of, until, Vault, vaultRoom } from "./lib/vault.mjs";

/** scripts/soak asks for 2 GB. */
const SIZE = Number(process.env.DATELINE_S3_SIZE ?? 24 * MIB);
/** Seconds that an address lives: long enough to begin, short enough to wait for. */
const LIFE = "2";
const SMALL = 1000;

const out = temporary("downloads-s3");
const into = (name) => path.join(out, name);
const vault = new Vault();
const clip = big("clip.mov", SIZE);
const small = vault.store("small \u{1F4FD}.bin", noise(2, SMALL));
const dossiers = { clip: { renditions: { broadcast: clip, small } } };

/** A file of any size, written block by block. */
function big(name, size) {
  const block = noise(1, MIB);
  const hash = createHash("sha256");
  const part = path.join(out, "part");
  const file = fs.openSync(part, "w");
  for (let at = 0; at < size; at += block.length) {
    block.writeUInt32LE(at / MIB);
    hash.update(block);
    fs.writeSync(file, block);
  }
  fs.closeSync(file);
  const rendition = vault.store(name, "");
  fs.rmSync(vault.file(rendition));
  const digest = hash.digest("hex");
  Object.assign(rendition, { sha256: digest, size: fs.statSync(part).size, key: `${digest.slice(0, 2)}/${digest}/${name}` });
  fs.mkdirSync(path.dirname(vault.file(rendition)), { recursive: true });
  fs.renameSync(part, vault.file(rendition));
  return rendition;
}

/** Without reading all of it into memory. */
async function digestOf(file) {
  const hash = createHash("sha256");
  for await (const chunk of fs.createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

describe("files in a bucket", withStore, () => {
  let store;
  let room;
  before(async () => {
    store = await Store.start({ clips: vault.media, other: temporary("other") });
    store.tag("clips", clip);
    room = await vaultRoom({ dossiers, vault, env: store.settings("clips", { DATELINE_AUTH_MEDIA_LIFE: LIFE }) });
  });
  after(async () => {
    await room?.close();
    await store?.close();
  });

  test("our address leads to the store's, under the file's own name, and is never kept", async () => {
    const reader = await room.reader("led");
    const { url } = await reader.link("clip/small");
    const { answer, address } = await granted(url);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.body.length, 0);
    assert.equal(address.origin, store.origin);
    assert.equal(address.searchParams.get("X-Amz-Expires"), LIFE);
    const file = await plain(address);
    assert.equal(file.status, 200);
    assert.equal(file.headers["content-type"], "application/octet-stream");
    assert.equal(file.headers["cache-control"], "no-store");
    assert.match(file.headers["content-disposition"], /^attachment; filename="small _\.bin"; filename\*=UTF-8''small%20%F0%9F%93%BD\.bin$/);
    assert.equal(sha256(file.body), small.sha256);
    // What a program wants to know before it begins is told here.
    const head = await plain(url, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.deepEqual([head.headers["content-length"], head.headers.etag], [String(SMALL), `"${small.sha256}"`]);
    // A page's script may not be led to another origin.
    const script = await fetch(url, { redirect: "error" });
    assert.equal(sha256(Buffer.from(await script.arrayBuffer())), small.sha256);
    assert.equal((await fetch(`${room.origin}/api/media/clip/small`)).status, 401);
  });

  test("a signed address is for one file, for its time and as it was signed", async () => {
    const reader = await room.reader("tampered");
    const { url } = await reader.link("clip/small");
    const { address, until: end } = await granted(url);
    assert.equal((await plain(address)).status, 200);
    const altered = (change) => {
      const other = new URL(address);
      change(other, other.searchParams);
      return other;
    };
    const signature = address.searchParams.get("X-Amz-Signature");
    for (const other of [
      altered((_, query) => query.set("X-Amz-Signature", signature.replace(/^./, (c) => (c === "0" ? "1" : "0")))),
      altered((_, query) => query.set("X-Amz-Expires", "600")),
      altered((_, query) => query.set("response-content-disposition", "inline")),
      altered((_, query) => query.delete("response-content-type")),
      altered((_, query) => query.delete("X-Amz-Signature")),
      altered((_, query) => query.set("X-Amz-Credential", query.get("X-Amz-Credential").replace(/^[^/]+/, "SOMEBODY"))),
      altered((other) => (other.pathname = `/clips/${clip.key}`)),
      altered((other) => (other.pathname = other.pathname.replace("/clips/", "/other/"))),
    ]) {
      assert.ok([400, 403].includes((await plain(other)).status), other.href);
    }
    assert.equal((await plain(address, { method: "HEAD" })).status, 403, "it is for GET alone");
    await until(() => Date.now() > end + 1000, "time stands still");
    assert.equal((await plain(address)).status, 403);
    assert.notEqual((await granted(url)).address.href, address.href, "ours leads to a new one");
  });

  for (const [name, client] of Object.entries({ curl: (...all) => curl(all[0], all[1], ["--location"]), wget, aria2c })) {
    test(`${name} goes on at our address when the store's has ended in the middle`, async () => {
      const reader = await room.reader(name);
      const { url } = await reader.link();
      const file = into(name);
      // Of each of aria2c's eight connections, more than it asks for at first.
      store.most = SIZE / 12;
      let running = client(url, file);
      await until(() => store.stopped.size > 0, `${name} does not begin`);
      const { address, until: end } = await granted(url);
      await until(() => Date.now() > end + 1000, "time stands still");
      assert.equal((await plain(address)).status, 403, "the address has not ended");
      store.most = Number.POSITIVE_INFINITY;
      store.cut();
      // A program may give up at an address that has ended; a person starts it again.
      const had = sizeOf(file);
      assert.ok(had > 0, "nothing was kept");
      let ended = await running.ended;
      for (let tries = 0; ended.code !== 0 && tries < 5; tries++) {
        running = client(url, file);
        ended = await running.ended;
      }
      assert.equal(ended.code, 0, ended.said + ended.out);
      assert.equal(await digestOf(file), clip.sha256);
      const all = await until(async () => {
        const all = await reader.downloads();
        return all.length > 0 && all.reduce((sum, one) => sum + one.bytes, 0) >= SIZE && all;
      }, "it is not noted");
      assert.ok(all.every((one) => one.by_link), JSON.stringify(all));
      fs.rmSync(file);
    });
  }

  test("a store that is away is said to be away, and used again when it is back", async () => {
    const reader = await room.reader("away");
    const { url } = await reader.link("clip/small");
    await store.end();
    store.cut();
    const ready = async () => (await (await fetch(`${room.origin}/readyz`)).json()).status;
    await until(async () => (await ready()) === "degraded", "nobody notices");
    const answer = await plain(url);
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers["retry-after"]) > 0);
    assert.match(room.said, /the media store cannot be used.*cannot be reached/);
    await store.open();
    await until(async () => (await ready()) === "ok", "it is not used again");
    assert.equal((await plain((await granted(url)).address)).status, 200);
    assert.doesNotMatch(room.said, /X-Amz-Signature|a secret of tests/);
  });

  test("proxied: the same bytes and headers as from a folder, with ranges", async () => {
    const own = await vaultRoom({ dossiers, vault, env: store.settings("clips", { DATELINE_AUTH_MEDIA_REDIRECT: "off" }) });
    try {
      const reader = await own.reader("proxied");
      const { url } = await reader.link();
      const file = into("proxied");
      const { code, said } = await curl(url, file).ended;
      assert.equal(code, 0, said);
      assert.equal(await digestOf(file), clip.sha256);
      fs.rmSync(file);
      const part = await plain(url, { headers: { Range: "bytes=1000-1999", "If-Range": `"${clip.sha256}"` } });
      assert.equal(part.status, 206);
      assert.equal(part.headers["content-range"], `bytes 1000-1999/${SIZE}`);
      const wanted = Buffer.alloc(1000);
      const kept = fs.openSync(vault.file(clip));
      fs.readSync(kept, wanted, 0, 1000, 1000);
      fs.closeSync(kept);
      assert.deepEqual(part.body, wanted);
      const [one] = await until(async () => {
        const all = await reader.downloads();
        return all[0]?.whole && all;
      }, "it is not noted");
      assert.ok(one.bytes >= SIZE);
    } finally {
      await own.close();
    }
  });
});

test("the manifest and its letters are read from a bucket, and a bad one leaves the former in use", withStore, async () => {
  const own = new Vault();
  const first = own.store("first.bin", noise(4, SMALL));
  const store = await Store.start({ clips: own.media, private: own.dir });
  const manifest = `s3://private/sidecar/manifest.json?endpoint=${store.origin}`;
  const room = await vaultRoom({ dossiers: { one: { renditions: { first } } }, vault: own, env: store.settings("clips", { DATELINE_AUTH_MANIFEST: manifest }) });
  try {
    // Its letters too: an account needs one.
    const reader = await room.reader("distant");
    assert.match(room.mails.to("distant@example.org")[0].html, /<html/, "in plain words: the theme's letter was not read");
    const ready = async () => (await (await fetch(`${room.origin}/readyz`)).json()).status;
    own.put("{ no manifest");
    await until(async () => (await ready()) === "degraded", "nobody notices");
    assert.match(room.said, /the manifest was refused/);
    await granted((await reader.link("one/first")).url);
    // The store away for a while changes nothing, and what is right then is used.
    await store.end();
    own.put(own.text({ two: { renditions: { first } } }));
    await store.open();
    await until(() => reader.link("two/first").catch(() => null), "the new one is not read");
    await until(async () => (await ready()) === "ok", "it is not used again");
  } finally {
    await room.close();
    await store.close();
  }
});

describe("in a browser", FRONT ? { skip: "nginx serves the pages of a build that knows no store" } : withStore, () => {
  const DOSSIER = "lisbon-doorstep";
  let store;
  let room;
  let origin;
  let browser;
  let broadcast;
  before(async () => {
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const built = temporary("s3-dist");
    build(built, { args: ["--base-url", origin] });
    const own = new Vault();
    fs.cpSync(path.join(sources(), "media"), own.media, { recursive: true });
    const manifest = readJson(path.join(built, "sidecar", "manifest.json"));
    broadcast = own.store("lisbon-doorstep-1080p25.mov", noise(3, 4 * MIB), { type: "video/quicktime" });
    manifest.media[DOSSIER].renditions.broadcast = broadcast;
    store = await Store.start({ clips: own.media });
    const site = path.join(built, "site");
    [browser, room] = await Promise.all([
      launch(),
      vaultRoom({ text: JSON.stringify(manifest), vault: own, port, site, env: store.settings("clips") }),
    ]);
    await room.reader("browser");
  });
  after(async () => {
    await browser?.close();
    await room?.close();
    await store?.close();
  });

  test("a preview plays from the store, with captions from here, under the page's policy", async () => {
    const page = await watched(await browser.newContext());
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const answer = await page.goto(`${origin}/en/video/${DOSSIER}/`);
    assert.match(answer.headers()["content-security-policy"], new RegExp(`media-src 'self' ${store.origin}(;|$)`));
    await plays(page);
    assert.ok(asked.some((url) => url.startsWith(`${store.origin}/clips/`)), asked.join("\n"));
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("whoever is logged in saves the file under its name", async () => {
    const page = await watched(await browser.newContext());
    await page.goto(`${origin}/en/account/login/`);
    const form = page.locator('form[action="/api/login"]');
    await form.locator('[name="email"]').fill("browser@example.org");
    await form.locator('[name="password"]').fill(PASSWORD);
    await form.locator("button:not([type=button])").click();
    await page.waitForURL((url) => !url.pathname.includes("/login/"));
    await page.goto(`${origin}/en/video/${DOSSIER}/`);
    const button = page.locator(`a[href^="/api/media/${DOSSIER}/broadcast"]`);
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    assert.equal(download.suggestedFilename(), broadcast.file_name);
    assert.equal(await download.failure(), null);
    assert.equal(sha256Of(await download.path()), broadcast.sha256);
    assert.ok(download.url().startsWith(store.origin), download.url());
    await page.context().close();
  });
});
