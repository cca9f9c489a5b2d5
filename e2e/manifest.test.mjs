// Protects the manifest: only the clock releases a dossier, an invalid manifest changes nothing, and a name leads only
// to what the manifest lists.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, describe, test } from "node:test";
import { begun, raw } from "./lib/clients.mjs";
import { manifest, readJson } from "./lib/newsroom.mjs";
import { MIB, noise, sha256, until, Vault, vaultRoom } from "./lib/vault.mjs";

const SIZE = 32 * MIB;
const vault = new Vault();
const clip = vault.store("clip.mov", noise("clip", SIZE));
const small = vault.store("small.mov", noise("small", 70_000));
const open = vault.store("preview.mp4", noise("open", 50_000), { gated: false, type: "video/mp4" });
const renditions = { broadcast: clip, small, preview: open };
const dossiers = { clip: { renditions }, "caf\u00e9": { renditions } };

let room;
let reader;
before(async () => {
  room = await vaultRoom({ dossiers, vault });
  reader = await room.reader("reader");
});
after(() => room?.close());

const get = (address, options = {}) => fetch(`${room.origin}${address}`, { ...options, headers: { Cookie: reader.cookie, ...options.headers } });
const readiness = async () => {
  const answer = await fetch(`${room.program.own}/readyz`);
  return [answer.status, (await answer.json()).status];
};
/** Fetches each file, gated (by session and by link) and public, and compares every byte. */
async function goesOn(link) {
  const cookieless = async (address) => Buffer.from(await (await fetch(address)).arrayBuffer());
  assert.equal(sha256(await cookieless(link)), small.sha256);
  assert.equal(sha256(await cookieless(`${room.origin}/api/media/clip/preview`)), open.sha256);
  assert.equal(sha256(Buffer.from(await (await get("/api/media/clip/small")).arrayBuffer())), small.sha256);
}
const lines = (pattern) => room.said.split("\n").filter((line) => pattern.test(line));

describe("release and expiry", () => {
  // The generator's entry of an embargoed dossier, with its release and expiry moved a few seconds ahead; further ahead
  // if the machine was too slow to ask before, between and after.
  test("a dossier is released and expires by the clock, to the second, by the generator's manifest", async () => {
    for (const seconds of [5, 15, 45, 135]) if (await comesAndEnds(seconds)) return;
    assert.fail("it was not asked before its time, or not in it");
  });

  /** Whether all requests were in time: the release is this many seconds away, and the expiry as many later. */
  async function comesAndEnds(seconds) {
    const built = manifest();
    const waits = ({ release }) => release && Date.parse(release) > Date.now();
    const [id, waiting] = Object.entries(built.media).find(([, dossier]) => Object.values(dossier.editions).every(waits));
    const names = Object.keys(waiting.renditions);
    for (const [name, rendition] of Object.entries(waiting.renditions)) {
      waiting.renditions[name] = { ...vault.store(rendition.file_name, noise(name, 9000)), gated: rendition.gated };
    }
    const release = (Math.ceil(Date.now() / 1000) + seconds) * 1000;
    const end = release + seconds * 1000;
    for (const edition of Object.values(waiting.editions)) {
      edition.release = new Date(release).toISOString().replace(".000Z", "Z");
      edition.expires = new Date(end).toISOString().replace(".000Z", "Z");
    }
    built.media = { ...built.media, ...JSON.parse(vault.text(dossiers)).media };
    const reads = lines(/the manifest was read/).length;
    vault.put(JSON.stringify(built));
    await until(() => lines(/the manifest was read/).length > reads, "it is not read");

    const asked = () => [
      ...names.map((name) => get(`/api/media/${id}/${name}`)),
      ...names.map((name) => get(`/api/media/${id}/${name}`, { method: "HEAD" })),
      fetch(`${room.origin}/api/media/${id}/${names.find((name) => waiting.renditions[name].gated)}`),
      get(`/api/media/${id}/${names.find((name) => waiting.renditions[name].gated)}/link`, {
        method: "POST",
        body: "{}",
        headers: { "Content-Type": "application/json" },
      }),
    ];
    const each = (status) => names.flatMap(() => [status, status]);
    const [before, after, over] = [[...each(404), 404, 404], [...each(200), 401, 201], [...each(410), 410, 410]];
    const links = [];
    let early = 0;
    await until(async () => {
      const begin = Date.now();
      const answers = await Promise.all(asked());
      const finish = Date.now();
      const statuses = answers.map((answer) => answer.status);
      // If the second passed during the request, either answer is right.
      if (begin >= release && finish < end) {
        assert.deepEqual(statuses, after);
        links.push((await answers.at(-1).json()).url);
      }
      if (begin >= end) assert.deepEqual(statuses, over);
      if (finish < release) {
        early += 1;
        assert.deepEqual(statuses, before);
        const nothing = await (await get("/api/media/nothing/broadcast")).text();
        // The same answer as for an unknown name.
        for (const answer of answers.slice(0, names.length)) assert.equal(await answer.text(), nothing);
      }
      if (begin >= release && finish < end && links.length === 1) {
        for (const name of names) {
          const bytes = Buffer.from(await (await get(`/api/media/${id}/${name}`)).arrayBuffer());
          assert.equal(sha256(bytes), waiting.renditions[name].sha256);
        }
      }
      // An account may have only twenty links, so not at every step.
      if (begin >= release) await new Promise((later) => setTimeout(later, Math.max(0, Math.min(seconds * 80, end - Date.now()))));
      return begin >= end;
    }, "the release or the end does not come", 600_000);
    if (early === 0 || links.length === 0) return false;
    // A link made between release and expiry, for the whole file and a part.
    const { pathname, search } = new URL(links[0]);
    for (const headers of [{}, { Range: "bytes=100-" }]) {
      const answer = await fetch(`${room.origin}${pathname}${search}`, { headers });
      assert.equal(answer.status, 410);
      assert.equal((await answer.json()).type, "urn:dateline:problem:gone");
    }
    assert.equal(lines(/the manifest was read/).length, reads + 1, "it was read again");
    return true;
  }
});

describe("an invalid manifest", () => {
  const good = vault.text(dossiers);
  const next = JSON.stringify({ ...JSON.parse(good), version: 3, media: { other: "shape" } });
  const climbing = good.replaceAll(`${clip.sha256.slice(0, 2)}/${clip.sha256}/`, "../../");
  const bad = [
    ["of the next version", () => vault.put(next), /refused.*has version 3, and this program knows only version 2/],
    ["cut short", () => vault.put(good.slice(0, good.length / 2)), /refused.*cannot be read: EOF while parsing/],
    ["empty", () => vault.put(""), /refused.*cannot be read: EOF/],
    ["garbage", () => vault.put(noise("garbage", 5000)), /refused.*cannot be read: expected value/],
    ["with a key that leads elsewhere", () => vault.put(climbing), /refused.*media\.\S*\.renditions\.broadcast\.key.*not of the form/],
    ["a folder", () => folderInItsPlace(), /cannot be read.*directory/],
    ["gone", () => fs.rmdirSync(vault.manifest), /cannot be read.*No such file/],
  ];

  function folderInItsPlace() {
    fs.rmSync(vault.manifest);
    fs.mkdirSync(vault.manifest);
  }

  test("changes only readiness, the log says what is wrong, and a valid one is accepted again", async () => {
    vault.put(good);
    await until(async () => (await readiness())[1] === "ok", "not well at first");
    const { url } = await reader.link("clip/small");
    const transfer = await begun((await reader.link()).url);
    const { pid } = room.program.child;
    for (const [name, put, reason] of bad) {
      const known = room.said.length;
      put();
      const line = await until(() => room.said.slice(known).split("\n").find((text) => / ERROR .*the manifest (was refused|cannot be read)/.test(text)), `${name}: nothing is logged`);
      assert.match(line, reason, name);
      assert.match(line, /the one before it, if any, stays in use/);
      assert.ok(line.includes(vault.manifest), line);
      // Public, so it gives no reason.
      assert.deepEqual(await readiness(), [200, "degraded"], name);
      await goesOn(url);
    }
    vault.put(good);
    await until(async () => (await readiness())[1] === "ok", "the good one is not taken");
    await goesOn(url);
    assert.equal(sha256(await transfer.rest()), clip.sha256);
    assert.deepEqual([room.program.child.pid, room.program.child.exitCode], [pid, null]);
  });

  test("replaced continuously, atomically and in pieces, during requests: every answer is right", async () => {
    const { url } = await reader.link("clip/small");
    const transfer = await begun((await reader.link()).url);
    const tick = () => new Promise(setImmediate);
    const known = { read: lines(/the manifest was read/).length, refused: lines(/ERROR .*the manifest/).length };
    let done = false;
    let swaps = 0;
    const swapping = (async () => {
      const texts = [good, next, good.slice(0, 200), good, "", good];
      for (; !done; swaps++) {
        const text = texts[swaps % texts.length];
        if (swaps % 2) {
          // As a careless tool writes: truncated, then filled in two steps.
          const file = fs.openSync(vault.manifest, "w");
          fs.writeSync(file, text.slice(0, text.length / 2));
          await tick();
          fs.writeSync(file, text.slice(text.length / 2));
          fs.closeSync(file);
        } else vault.put(text);
        await tick();
      }
    })();
    try {
      let rounds = 0;
      await until(async () => {
        await goesOn(url);
        rounds += 1;
        assert.equal((await readiness())[0], 200);
        const looks = lines(/the manifest was read/).length - known.read + lines(/ERROR .*the manifest/).length - known.refused;
        return rounds >= 20 && looks >= 4;
      }, "the sidecar does not look");
    } finally {
      done = true;
      await swapping;
    }
    assert.ok(swaps > 20, `${swaps} swaps`);
    vault.put(good);
    const last = lines(/the manifest was read/).length;
    await until(() => lines(/the manifest was read/).length > last, "the last one is not taken");
    await until(async () => (await readiness())[1] === "ok", "not well at the end");
    assert.equal(sha256(await transfer.rest()), clip.sha256);
    assert.deepEqual(readJson(vault.manifest), JSON.parse(good));
  });
});

describe("names", () => {
  const ask = (path, method = "GET") => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: ${reader.cookie}\r\n\r\n`;
    // latin1, so that a test sends exact bytes.
    return raw(room.origin, Buffer.from(head, "latin1"));
  };
  const body = ({ whole }) => whole.subarray(whole.indexOf("\r\n\r\n") + 4);

  test("a listed name is found however it is escaped", async () => {
    for (const path of ["clip/small", "%63lip/small", "cl%69p/%73m%61ll", "caf%C3%A9/small", "%63af%c3%a9/small?x=../.."]) {
      const answer = await ask(`/api/media/${path}`);
      assert.equal(answer.status, 200, path);
      assert.equal(sha256(body(answer)), small.sha256, path);
    }
  });

  const key = encodeURI(small.key);
  const up = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%u002e%u002e", "%ef%bc%8e%ef%bc%8e", "\xc0\xae\xc0\xae", "..%00", "..;", "..."];
  const slash = ["/", "%2f", "%2F", "%252f", "\\", "%5c", "%c0%af", "%ef%bc%8f", "%e2%88%95"];
  const climbing = up.flatMap((dots) => slash.flatMap((s) => [
    `clip/small${s}${dots}${s}small`,
    `clip/${dots}${s}${dots}${s}sidecar${s}manifest.json`,
    `${dots}${s}${dots}${s}media${s}${small.key}`,
    `clip${s}${dots}${s}clip/small`,
  ]));
  const others = [
    ...["clip/small%00", "clip/%00small", "clip%00/small", "clip/small%00.mp4", "clip/small\0", "\0/small", "clip/sm\0all"],
    ...["Clip/small", "CLIP/small", "clip/SMALL", "clip/Small", "cl%C4%B1p/small", "CL%C4%B0P/small"],
    // Names that look the same: decomposed, in full width, with invisible characters.
    ...["cafe%CC%81/small", "caf%E9/small", "%EF%BD%83lip/small", "clip%E2%80%8B/small", "clip%CC%81/small", "caf\xc3\xa9%CC%81/small"],
    ...["clip/small/", "clip/small//", "clip//small", "/clip/small", "clip/./small", "./clip/small", "clip/", "clip", "", "/", "//"],
    ...["clip/small%20", "clip/%20small", "clip/small.", "clip/small%2e", "clip/small;x", "clip/small,preview", "clip/*", "clip/%2a", "clip/small%23", "clip/small%3f"],
    ...["clip/small%2flink", "clip%2fsmall", "clip%2Fsmall", "clip/small%", "clip/small%4", "clip/small%zz", "clip/%ff%fe", "clip/small%0d%0aX:y", "clip/small%0a"],
    ...[key, encodeURIComponent(small.key), `clip/${small.sha256}`, `clip/small.mov`, `${small.sha256.slice(0, 2)}/${small.sha256}`],
    ...["clip/CON", "clip/small::$DATA", "~/small", "C:/small", "%2fetc%2fpasswd/small", "clip/%2fetc%2fpasswd", "clip/file:%2f%2f%2fetc%2fpasswd", `clip/${"a".repeat(4000)}`],
  ];
  // Whole request targets, since the prefix may be the fault.
  const targets = [
    ...["//api/media/clip/small", "/api//media/clip/small", "/api/media/../media/clip/small", "/API/media/clip/small", "/api/Media/clip/small"],
    ...["/%61pi/../media/clip/small", "/../api/media/clip/small", "\\api\\media\\clip\\small", "api/media/clip/small", "*", "/media/clip/small", `/${key}`],
    ...["/sidecar/manifest.json", "/accounts.db", "/..%2faccounts.db", "/etc/passwd", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"],
  ];

  test("any other name, in any spelling, is not found", async () => {
    const asked = [...[...climbing, ...others].map((path) => `/api/media/${path}`), ...targets];
    const [secret, bytes] = [fs.readFileSync(vault.manifest).subarray(0, 60), noise("small", 70_000).subarray(0, 60)];
    const known = lines(/ERROR|panic/).length;
    const wrong = [];
    const queue = asked.flatMap((path) => [[path, "GET"], [path, "HEAD"]]);
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const answer = await ask(...next);
        const leaks = answer.whole.includes(secret) || answer.whole.includes(bytes) || /root:|SQLite/.test(answer.whole.toString("latin1"));
        if (![400, 404].includes(answer.status) || leaks) wrong.push(`${answer.status} ${next}`);
      }
    }));
    assert.deepEqual(wrong, []);
    assert.equal(lines(/ERROR|panic/).length, known, "something was looked for on the disk");
    console.log(`${asked.length} names that lead nowhere`);
    await goesOn((await reader.link("clip/small")).url);
  });
});
