// Protects against mixed files: if a file is replaced, damaged or lost during a download, a client that resumes gets
// the rest of the same file, or an error.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { aria2c, begun, curl, sizeOf, wget } from "./lib/clients.mjs";
import { sidecarSends } from "./lib/front.mjs";
import { temporary } from "./lib/newsroom.mjs";
import { MIB, noise, sha256, sha256Of, until, Vault, vaultRoom } from "./lib/vault.mjs";

const SIZE = 32 * MIB;
const HALF = 12 * MIB;

const out = temporary("replaced");
const vault = new Vault();
// The same name and size: only the bytes differ.
const [one, two] = [1, 2].map((seed) => vault.store("clip.mov", noise(seed, SIZE)));
const tag = ({ sha256 }) => `"${sha256}"`;
const ADDRESS = "/api/media/clip/broadcast";

const naming = (rendition) => ({ clip: { renditions: { broadcast: rendition } } });

let room;
let reader;
before(async () => {
  room = await vaultRoom({ dossiers: naming(one), vault });
  reader = await room.reader("reader");
});
after(() => room?.close());

/** Puts this file at the same address by a new manifest, and waits until the sidecar has read it. */
async function names(rendition) {
  vault.put(vault.text(naming(rendition)));
  const current = async () => (await fetch(room.origin + ADDRESS, { method: "HEAD", headers: { Cookie: reader.cookie } })).headers.get("etag");
  await until(async () => (await current()) === tag(rendition), "the new manifest is not read");
}

/** The arguments that add this header to a program's requests. */
const says = (program, header) => (program === curl ? ["--header", header] : [`--header=${header}`]);

/** Downloads a part of the current file. */
async function begins(program, url, file, args = []) {
  if (program === aria2c) {
    const first = aria2c(url, file, ["--max-overall-download-limit=3M", ...args]);
    // Its file has the full length early, with holes where nothing was written yet.
    const held = () => (fs.statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
    await until(() => held() > 2 * MIB && sizeOf(`${file}.aria2`) > 0, "aria2c does not get on");
    first.child.kill("SIGINT");
    await first.ended;
  } else {
    await program(url, file, args, { most: HALF }).ended;
    assert.equal(sizeOf(file), HALF);
  }
}

describe("replaced by a new build during a download", () => {
  // How each program requests the rest with a session, whose address is the same for both files.
  const ways = [
    ["curl with If-Match", curl, says(curl, `If-Match: ${tag(one)}`), { code: 22, kept: true }],
    // It requested a part and gets another file completely: it reports that, and keeps what it has.
    ["curl with If-Range", curl, says(curl, `If-Range: ${tag(one)}`), { code: 33, kept: true }],
    // wget would append a complete answer: only a refusal stops it.
    ["wget with If-Match", wget, says(wget, `If-Match: ${tag(one)}`), { code: 8, kept: true }],
    ["aria2c with If-Match", aria2c, [...says(aria2c, `If-Match: ${tag(one)}`), "--max-tries=2"], { kept: false }],
    // Requests without a validator are refused, because the account's download was of another file.
    ["curl that says nothing", curl, [], { code: 22, kept: true }],
    ["wget that says nothing", wget, [], { code: 8, kept: true }],
    // aria2c requests the whole file, as at the start: both have one size, and only the checksum shows it.
    ["aria2c with the checksum", aria2c, [`--checksum=sha-256=${one.sha256}`, "--max-tries=2"], { kept: false }],
  ];
  for (const [name, program, args, { code, kept }] of ways) {
    test(`${name} reports it, and never mixes two files`, async () => {
      await names(one);
      const url = room.origin + ADDRESS;
      const session = says(program, `Cookie: ${reader.cookie}`);
      const file = path.join(out, name.replaceAll(" ", "-"));
      await begins(program, url, file, session);
      await names(two);
      const second = await program(url, file, [...session, ...args]).ended;
      assert.notEqual(second.code, 0, second.said + second.out);
      if (code) assert.equal(second.code, code, second.said + second.out);
      if (kept) assert.equal(sha256Of(file), sha256(noise(1, SIZE).subarray(0, HALF)));
      // From the start, it gets the new file.
      for (const old of [file, `${file}.aria2`]) fs.rmSync(old, { force: true });
      const anew = await program(url, file, session).ended;
      assert.equal(anew.code, 0, anew.said);
      assert.equal(sha256Of(file), two.sha256);
    });
  }

  // The usual command. A link is for one content, so it ends when the address has another.
  test("without any condition, a link never leads to a mixed file", async () => {
    await names(one);
    const programs = { curl, wget, aria2c };
    const { url } = await reader.link();
    const file = (name) => path.join(out, `plain-${name}`);
    for (const [name, program] of Object.entries(programs)) await begins(program, url, file(name));
    await names(two);
    const seconds = Object.entries(programs).map(([name, program]) => program(url, file(name)).ended.then(({ code }) => [name, code]));
    const mixed = (await Promise.all(seconds)).filter(([name, code]) => code === 0 && sha256Of(file(name)) !== two.sha256);
    assert.deepEqual(mixed, []);
  });

  test("a range with the old entity tag gets the complete new file, never a mixture", async () => {
    await names(two);
    const { url } = await reader.link();
    const ask = (headers) => fetch(url, { headers: { Range: `bytes=${HALF}-`, ...headers } });
    // A date is too weak: both files may have the same.
    const { headers } = await fetch(url, { method: "HEAD" });
    for (const condition of [tag(one), `W/${tag(two)}`, headers.get("last-modified"), "nonsense"]) {
      const answer = await ask({ "If-Range": condition });
      assert.equal(answer.status, 200, condition);
      assert.equal(answer.headers.get("etag"), tag(two));
      assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), two.sha256);
    }
    const rest = await ask({ "If-Range": tag(two) });
    assert.equal(rest.status, 206);
    assert.ok(noise(2, SIZE).subarray(HALF).equals(Buffer.from(await rest.arrayBuffer())));
    assert.equal((await ask({ "If-Match": tag(one) })).status, 412);
  });

  test("a running transfer continues with its own file, even if that was removed", async () => {
    await names(one);
    const file = vault.file(one);
    const { url } = await reader.link();
    const transfer = await begun(url);
    await names(two);
    fs.renameSync(file, `${file}.away`);
    try {
      assert.equal(transfer.headers.etag, tag(one));
      assert.equal(sha256(await transfer.rest()), one.sha256);
    } finally {
      fs.renameSync(`${file}.away`, file);
    }
  });
});

describe("the stored file is not what the manifest says", () => {
  const file = vault.file(two);
  /** GET, HEAD and ranges answer 503, and the log names the file and the reason, until it is restored. */
  async function refused(spoil, restore, reason) {
    await names(two);
    const { url } = await reader.link();
    const known = room.said.length;
    const part = { Range: "bytes=5-9", "If-Range": tag(two) };
    spoil();
    try {
      for (const options of [{}, { method: "HEAD" }, { headers: part }]) {
        const answer = await fetch(url, options);
        assert.equal(answer.status, 503);
        const body = await answer.text();
        assert.doesNotMatch(body, new RegExp(`${two.sha256}|vault`));
      }
      const line = await until(() => room.said.slice(known).split("\n").find((text) => reason.test(text)), "nothing is logged");
      assert.match(line, / ERROR .*dossier="clip" rendition="broadcast"/);
      assert.ok(line.includes(two.key), line);
    } finally {
      restore();
    }
    assert.equal((await fetch(url, { headers: part })).status, 206);
  }

  test("longer", () =>
    refused(() => fs.appendFileSync(file, "x"), () => fs.truncateSync(file, SIZE), /has not the size that the manifest states.*size=33554433 expected=33554432/));

  test("shorter", () => refused(() => fs.truncateSync(file, 9), () => fs.writeFileSync(file, noise(2, SIZE)), /has not the size.*size=9 /));

  test("missing", () =>
    refused(() => fs.renameSync(file, `${file}.away`), () => fs.renameSync(`${file}.away`, file), /cannot be served.*there is no such file/));

  test("a folder", () => {
    const spoil = () => {
      fs.renameSync(file, `${file}.away`);
      fs.mkdirSync(file);
    };
    const restore = () => {
      fs.rmdirSync(file);
      fs.renameSync(`${file}.away`, file);
    };
    return refused(spoil, restore, /cannot be served.*it is a folder/);
  });

  const logged = sidecarSends("nginx reads the file, and logs that by itself");
  test("truncated during a transfer: the connection breaks, and does not end as if complete", logged, async () => {
    await names(two);
    const transfer = await begun((await reader.link()).url);
    assert.equal(transfer.headers["content-length"], String(SIZE));
    fs.truncateSync(file, SIZE - MIB);
    try {
      await assert.rejects(transfer.rest(), /aborted/);
      await until(() => /a file was truncated while it was being sent key="?\S*clip\.mov/.test(room.said), "nothing is logged");
    } finally {
      fs.writeFileSync(file, noise(2, SIZE));
    }
  });
});
