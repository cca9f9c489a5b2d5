// A sidecar with media files and a manifest written by a test, and readers with accounts.
import { createCipheriv, createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Client, sidecar, UNLIMITED } from "./accounts.mjs";
import { sql } from "./database.mjs";
import { codeIn, mailServer } from "./mail-server.mjs";
import { dist, freePort, temporary } from "./newsroom.mjs";

export const MIB = 1024 * 1024;
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const sha256Of = (file) => sha256(fs.readFileSync(file));

/** Pseudorandom bytes of a seed, so that a wrongly assembled file is detected. */
export function noise(seed, size) {
  const key = createHash("sha256").update(`noise ${seed}`).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** `count` increasing positions in `size` bytes, none of them in the last tenth. */
export function places(seed, count, size, step = 1024) {
  const numbers = noise(seed, count * 4);
  const most = Math.floor((size * 0.9) / step);
  const chosen = new Set();
  for (let i = 0; i < count; i++) {
    let at = 1 + (numbers.readUInt32LE(i * 4) % most);
    while (chosen.has(at)) at = 1 + (at % most);
    chosen.add(at);
  }
  return [...chosen].sort((a, b) => a - b).map((at) => at * step);
}

/** Waits until `done` returns something true, or fails after `patience`. */
export async function until(done, what, patience = 120_000) {
  for (const end = Date.now() + patience; ; ) {
    const found = await done();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${patience} ms`);
    await new Promise((later) => setTimeout(later, 5));
  }
}

/** A media folder and a manifest. */
export class Vault {
  dir = temporary("vault");
  media = path.join(this.dir, "media");
  manifest = path.join(this.dir, "sidecar", "manifest.json");

  constructor() {
    // With the mails and pages of the newsroom under test, which registration needs.
    fs.cpSync(path.join(dist(), "sidecar"), path.dirname(this.manifest), { recursive: true });
  }

  file({ key }) {
    return path.join(this.media, key);
  }

  /** Stores bytes under their key, and returns their entry for a manifest. */
  store(name, bytes, { gated = true, type = "application/octet-stream" } = {}) {
    const digest = sha256(bytes);
    const rendition = {
      key: `${digest.slice(0, 2)}/${digest}/${name}`,
      modified: "2025-01-27T15:00:00Z",
      file_name: name,
      type,
      size: bytes.length,
      sha256: digest,
      gated,
    };
    fs.mkdirSync(path.dirname(this.file(rendition)), { recursive: true });
    fs.writeFileSync(this.file(rendition), bytes);
    return rendition;
  }

  /** A manifest that lists these dossiers: `{ id: { renditions, … } }`. */
  text(dossiers) {
    const media = Object.entries(dossiers).map(([id, dossier]) => [
      id,
      { editions: { en: { page: `/en/video/${encodeURIComponent(id)}/`, title: id } }, terms: "standard", ...dossier },
    ]);
    return JSON.stringify({
      version: 2,
      base_url: "http://localhost",
      default_language: "en",
      languages: ["en"],
      terms: { standard: { version: "2025-01" } },
      media: Object.fromEntries(media),
    });
  }

  /** Replaces the manifest as the generator does: written beside, then moved. */
  put(text) {
    fs.writeFileSync(`${this.manifest}.new`, text);
    fs.renameSync(`${this.manifest}.new`, this.manifest);
  }
}

/** A reader with an account. */
class Reader extends Client {
  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** A new link to a rendition, at the sidecar's current address. */
  async link(rendition = "clip/broadcast") {
    const { status, body } = await this.call(`media/${rendition}/link`, {});
    if (status !== 201) throw new Error(`no link: ${status} ${JSON.stringify(body)}`);
    const { pathname, search } = new URL(body.url);
    return { ...body, url: this.origin + pathname + search, id: search.split(".")[2] };
  }

  /** The account's list of downloads. */
  async downloads() {
    return (await this.call("account/downloads")).body.downloads;
  }
}

/**
 * A sidecar on a vault, with a manifest of these dossiers, or of this `text`. It keeps its port and database over `kill`
 * and `start`.
 */
export async function vaultRoom({ vault, dossiers, text = vault.text(dossiers), env = {}, site, port = null }) {
  vault.put(text);
  const mails = await mailServer();
  port ??= await freePort();
  const database = path.join(temporary("accounts"), "accounts.db");
  const mail = `smtp://127.0.0.1:${mails.port}?tls=none`;
  const fixed = {
    ...UNLIMITED,
    DATELINE_AUTH_MANIFEST: vault.manifest,
    DATELINE_AUTH_MEDIA: `file:${vault.media}`,
    DATELINE_AUTH_DATABASE: `sqlite:${database}`,
  };
  const room = {
    vault,
    mails,
    database,
    origin: `http://127.0.0.1:${port}`,
    env: { ...fixed, DATELINE_AUTH_SECRET: `test:${Buffer.alloc(32, 7).toString("base64")}` },
    program: null,
    get said() {
      return this.program.said;
    },
    async start(changed = env) {
      this.program = await sidecar({ port, mail, site, env: { ...fixed, ...changed } });
    },
    /** Kills the program without warning. */
    async kill() {
      const { child } = this.program;
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      await ended;
    },
    async reader(name) {
      const email = `${name}@example.org`;
      const reader = new Reader(this.origin);
      const asked = await reader.register(email);
      if (asked.status !== 202) throw new Error(`no account for ${email}: ${asked.status}\n${room.said}`);
      const { status } = await reader.call("verify", { code: codeIn(await mails.mail(email)) });
      if (status >= 300) throw new Error(`${email} cannot verify its address: ${status}`);
      [[reader.id]] = sql(database, "SELECT id FROM accounts WHERE email = ?", email);
      return reader;
    },
    async close() {
      await this.program?.stop();
      await mails.close();
    },
  };
  await room.start();
  return room;
}
