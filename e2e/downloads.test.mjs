// Protects downloads: with any client, however often it is interrupted, killed or finds the server down, the file ends
// complete and correct, and counts as one download.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { aria2c, begun, curl, run, sizeOf, wget } from "./lib/clients.mjs";
import { sql } from "./lib/database.mjs";
import { sidecarSends } from "./lib/front.mjs";
import { SIDECAR, temporary } from "./lib/newsroom.mjs";
import { MIB, noise, places, sha256, sha256Of, until, Vault, vaultRoom } from "./lib/vault.mjs";

const SIZE = 48 * MIB;
/** An ID that a spreadsheet would execute as a formula. */
const FORMULA = '=HYPERLINK("evil.example","x")';

const out = temporary("downloads");
const into = (name) => path.join(out, name);
const vault = new Vault();
const clip = vault.store("clip.mov", noise(1, SIZE));
const dossiers = {
  clip: { renditions: { broadcast: clip } },
  [FORMULA]: { renditions: { broadcast: vault.store("small.bin", noise(2, 1000)) } },
};

let room;
before(async () => {
  room = await vaultRoom({ dossiers, vault });
});
after(() => room?.close());

/** The ways to fetch the file: its address, and further arguments of a program. */
async function way(kind, reader) {
  if (kind === "a link") return { url: (await reader.link()).url, args: [] };
  return { url: `${room.origin}/api/media/clip/broadcast`, args: ["--header", `Cookie: ${reader.cookie}`] };
}

/** The account's only download, once it is recorded completely. */
async function only(reader) {
  const found = await until(async () => {
    const all = await reader.downloads();
    return all.some((one) => one.whole) && all;
  }, "no whole download is noted");
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.ok(found[0].bytes >= SIZE, JSON.stringify(found));
  return found[0];
}

test("aria2c over eight connections is one download, of the size and checksum that its link states", async () => {
  const reader = await room.reader("aria2c");
  const { url, sha256: digest, size } = await reader.link();
  assert.deepEqual([digest, size], [clip.sha256, SIZE]);
  const file = into("aria2c");
  const { code, said, out } = await aria2c(url, file, [`--checksum=sha-256=${digest}`]).ended;
  assert.equal(code, 0, said + out);
  assert.equal(sha256Of(file), clip.sha256);
  await only(reader);
});

describe("interrupted repeatedly", () => {
  for (const kind of ["a link", "a session"]) {
    test(`curl with ${kind}, at twenty places`, async () => {
      const reader = await room.reader(`curl-${kind.slice(2)}`);
      const { url, args } = await way(kind, reader);
      const file = into(`curl-${kind.slice(2)}`);
      for (const most of places(kind, 20, SIZE)) {
        const cut = await curl(url, file, args, { most }).ended;
        assert.notEqual(cut.code, 0);
        assert.equal(sizeOf(file), most);
      }
      const last = await curl(url, file, args).ended;
      assert.equal(last.code, 0, last.said);
      assert.equal(sha256Of(file), clip.sha256);
      assert.equal((await only(reader)).by_link, kind === "a link");
    });
  }

  test("wget with a link, at five places", async () => {
    const reader = await room.reader("wget");
    const { url } = await way("a link", reader);
    const file = into("wget");
    for (const most of places("wget", 5, SIZE)) {
      await wget(url, file, [], { most }).ended;
      assert.equal(sizeOf(file), most);
    }
    const last = await wget(url, file).ended;
    assert.equal(last.code, 0, last.said);
    assert.equal(sha256Of(file), clip.sha256);
    await only(reader);
  });

  test("aria2c with a link, stopped and started again", async () => {
    const reader = await room.reader("aria2c-cut");
    const { url, sha256: digest } = await reader.link();
    const file = into("aria2c-cut");
    const first = aria2c(url, file, ["--max-overall-download-limit=3M"]);
    await until(async () => (await reader.downloads())[0]?.bytes >= 4 * MIB, "aria2c does not get on");
    first.child.kill("SIGINT");
    assert.notEqual((await first.ended).code, 0, "it was not in the middle");
    assert.ok(sizeOf(`${file}.aria2`) > 0);
    const last = await aria2c(url, file, [`--checksum=sha-256=${digest}`]).ended;
    assert.equal(last.code, 0, last.said + last.out);
    assert.equal(sha256Of(file), clip.sha256);
    // It resumes with a request for the whole file, which may count as a second download. No byte is lost.
    await until(async () => (await reader.downloads()).reduce((sum, { bytes }) => sum + bytes, 0) >= SIZE, "not all is noted");
  });
});

const killed = sidecarSends("nginx sends on as fast as it can while the sidecar is away");
test("the sidecar is killed twice during downloads by curl, wget and aria2c: each ends with the right bytes", killed, async () => {
  // Slow enough to interrupt all of them; the last start is at full speed.
  const slow = { DATELINE_AUTH_DOWNLOAD_RATE_ACCOUNT: String(MIB / 2) };
  const shaken = await vaultRoom({ dossiers, vault, env: slow });
  try {
    const names = ["curl-link", "curl-session", "wget", "aria2c"];
    const readers = await Promise.all(names.map((name) => shaken.reader(name)));
    const [byLink, bySession, ofWget, ofAria] = await Promise.all(readers.map((reader) => reader.link()));
    const plain = `${shaken.origin}/api/media/clip/broadcast`;
    let isUp = true;
    /** A person who restarts curl whenever it gives up. */
    async function insisting(...args) {
      for (;;) {
        const { code } = await curl(...args).ended;
        if (code === 0) return { code };
        await until(() => isUp, "the sidecar does not come back");
      }
    }
    const file = (name) => into(`shaken-${name}`);
    const clients = [
      insisting(byLink.url, file("curl-link")),
      insisting(plain, file("curl-session"), ["--header", `Cookie: ${readers[1].cookie}`]),
      wget(ofWget.url, file("wget")).ended,
      aria2c(ofAria.url, file("aria2c"), [`--checksum=sha-256=${ofAria.sha256}`]).ended,
    ];
    // aria2c's file has its full length from the start, so ask the sidecar what was sent.
    const reached = async () => [
      ...names.slice(0, 3).map((name) => sizeOf(file(name))),
      (await readers[3].downloads())[0]?.bytes ?? 0,
    ];
    let least = [MIB, MIB, MIB, MIB];
    for (const next of [slow, {}]) {
      await until(async () => (await reached()).every((size, i) => size >= least[i]), "not all get on");
      const now = await reached();
      assert.ok(now.every((size) => size < SIZE), `not in the middle: ${now}`);
      isUp = false;
      await shaken.kill();
      await shaken.start(next);
      isUp = true;
      // The last second before a kill is not recorded; any progress is enough for aria2c.
      least = now.map((size, i) => (i < 3 ? size + MIB / 2 : size + 1));
    }
    for (const { code, said } of await Promise.all(clients)) assert.equal(code, 0, said);
    for (const name of names) assert.equal(sha256Of(file(name)), clip.sha256, name);
    // One download each, over both kills, since each resumed.
    for (const reader of readers.slice(0, 3)) assert.equal((await reader.downloads()).length, 1);
  } finally {
    await shaken.close();
  }
});

test("ffmpeg reads a film by ranges, from its end and its middle", async () => {
  const film = into("film.mp4");
  const source = "testsrc2=duration=6:size=960x540:rate=25,noise=alls=40:allf=t";
  const made = await run("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-q:v", "3", film]).ended;
  assert.equal(made.code, 0, made.said);
  const bytes = fs.readFileSync(film);
  assert.ok(bytes.indexOf("moov") > bytes.indexOf("mdat") + MIB, "the index is not at the end");
  const rendition = vault.store("film.mp4", bytes, { type: "video/mp4" });
  const reader = await room.reader("ffmpeg");
  vault.put(vault.text({ ...dossiers, film: { renditions: { broadcast: rendition } } }));
  const { url } = await until(() => reader.link("film/broadcast").catch(() => null), "the film is not listed");
  const md5 = async (input, args) => {
    const read = await run("ffmpeg", ["-nostdin", "-v", "error", ...args, "-i", input, "-c", "copy", "-f", "md5", "-"]).ended;
    assert.equal(read.code, 0, read.said);
    assert.match(read.out, /^MD5=[0-9a-f]{32}\n$/);
    return read.out;
  };
  for (const args of [[], ["-ss", "4"], ["-ss", "2", "-t", "1"]]) assert.equal(await md5(url, args), await md5(film, args));
  const decoded = await run("ffmpeg", ["-nostdin", "-v", "error", "-xerror", "-ss", "5", "-i", url, "-f", "null", "-"]).ended;
  assert.deepEqual([decoded.code, decoded.said], [0, ""]);
});

describe("a link that ends during its download", () => {
  test("revoked: the running transfer completes, the next is refused", async () => {
    const reader = await room.reader("revoked");
    const { url, id } = await reader.link();
    const transfer = await begun(url);
    assert.equal(transfer.status, 200);
    assert.equal((await reader.call("account/links/revoke", { id })).status, 204);
    for (const method of ["GET", "HEAD"]) assert.equal((await fetch(url, { method })).status, 410);
    assert.equal((await fetch(url, { headers: { Range: "bytes=1000-" } })).status, 410);
    assert.equal(sha256(await transfer.rest()), clip.sha256);
    assert.equal((await (await fetch(url)).json()).type, "urn:dateline:problem:link-gone");
  });

  test("expired: the same", async () => {
    const brief = await vaultRoom({ dossiers, vault, env: { DATELINE_AUTH_LINK_LIFE: "4" } });
    try {
      const reader = await brief.reader("expired");
      // On a slow machine the link may have expired before the request: try again.
      const { url, transfer } = await until(async () => {
        const { url } = await reader.link();
        const transfer = await begun(url);
        if (transfer.status === 200) return { url, transfer };
        await transfer.rest();
        return null;
      }, "no link lasts until it is asked for");
      await until(async () => (await fetch(url, { method: "HEAD" })).status === 410, "the link does not end");
      assert.equal(sha256(await transfer.rest()), clip.sha256);
      assert.equal((await fetch(url)).status, 410);
    } finally {
      await brief.close();
    }
  });
});

test("account calls are answered during four downloads at full speed", async () => {
  const reader = await room.reader("patient");
  const { url } = await reader.link();
  // The same file each time: other parameters of the address are ignored.
  const endless = ["--silent", "--fail", "--output", "/dev/null", "--write-out", "%{stderr}%{size_download}\n", `${url}&again=[1-100000]`];
  const downloads = [1, 2, 3, 4].map(() => run("curl", endless));
  let fetched = 0;
  for (const { child } of downloads) child.stderr.on("data", (text) => (fetched += text.split("\n").length - 1));
  await until(() => fetched >= 4, "nothing is fetched");
  const before = fetched;
  const took = [];
  for (let i = 0; i < 200; i++) {
    const begin = performance.now();
    const { status, body } = await reader.call("session");
    took.push(performance.now() - begin);
    assert.deepEqual([status, body.signed_in], [200, true]);
  }
  await until(() => fetched > before, "the downloads had stopped");
  for (const { child } of downloads) child.kill();
  for (const { ended } of downloads) await ended;
  took.sort((a, b) => a - b);
  console.log(`/api/session beside four downloads: median ${took[100].toFixed(1)} ms, p99 ${took[197].toFixed(1)} ms`);
});

test("the statistics include all of this", async () => {
  const reader = await room.reader("formula");
  await fetch((await reader.link(`${encodeURIComponent(FORMULA)}/broadcast`)).url).then((answer) => answer.arrayBuffer());
  await until(async () => (await reader.downloads())[0]?.whole, "it is not noted");
  const stats = (...args) => execFileSync(SIDECAR, ["stats", ...args], { encoding: "utf8", env: { ...process.env, ...room.env } });

  const json = (...args) => JSON.parse(stats("--json", ...args));
  // Read twice: the last progress may be recorded in between.
  const { downloads: each, stats: sum } = await until(() => {
    const both = { ...json("--each"), ...json() };
    const noted = both.stats.find((one) => one.dossier === FORMULA)?.whole === 1;
    return noted && isDeepStrictEqual(both, { ...json("--each"), ...json() }) && both;
  }, "it is never still");
  for (const { dossier, downloads, whole, bytes, accounts } of sum) {
    const of = each.filter((one) => one.dossier === dossier);
    assert.equal(downloads, of.length);
    assert.equal(whole, of.filter((one) => one.whole).length);
    assert.equal(bytes, of.reduce((all, one) => all + one.bytes, 0));
    assert.equal(accounts, new Set(of.map((one) => one.account)).size);
  }
  for (const name of ["curl-link", "curl-session", "wget", "aria2c"]) {
    const [[account]] = sql(room.database, "SELECT id FROM accounts WHERE email = ?", `${name}@example.org`);
    const own = each.filter((one) => one.account === account);
    assert.deepEqual(own.map((one) => [one.dossier, one.whole, one.size]), [["clip", true, SIZE]], name);
    assert.ok(own[0].bytes >= SIZE);
  }
  assert.match(stats(), /^dossier +rendition +downloads +whole +accounts +bytes +latest\n/);

  const lines = stats("--csv").trimEnd().split(/\r?\n/);
  assert.equal(lines[0], "dossier,rendition,downloads,whole,accounts,bytes,latest");
  assert.equal(lines.length, 1 + sum.length);
  assert.ok(lines.some((line) => line.startsWith(`"'${FORMULA.replaceAll('"', '""')}",broadcast,1,1,1,1000,`)), lines.join("\n"));
  for (const line of [...lines, ...stats("--csv", "--each").trimEnd().split("\n")]) assert.doesNotMatch(line, /(^|,)"?[=+@-]/);
});
