// A store with buckets of folders, which checks signatures and their age, and a way to it that tests can break.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import path from "node:path";
import { PEER, withBucket } from "./bucket.mjs";
import { FRONT } from "./front.mjs";
import { freePort, temporary } from "./newsroom.mjs";
import { until } from "./vault.mjs";

const KEY = "DATELINEKEY";
const SECRET = "a secret of tests";

/** Options of a test that needs media in a bucket. */
export const withStore = FRONT === "nginx-sends" ? { skip: "nginx sends files from a folder" } : withBucket;

const opens = (port) =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => done(Boolean(socket.destroy()))).on("error", () => done(false));
  });

/**
 * A store with buckets of these folders (`{ name: folder }`), behind a narrow way: of each connection no more than
 * `most` bytes pass until it is cut.
 */
export class Store {
  most = Number.POSITIVE_INFINITY;
  /** Connections on which nothing more passes. */
  stopped = new Set();
  #sockets = new Set();

  static async start(buckets) {
    const store = new Store();
    store.root = temporary("store");
    for (const [name, folder] of Object.entries(buckets)) {
      fs.mkdirSync(folder, { recursive: true });
      fs.symlinkSync(folder, path.join(store.root, name));
    }
    store.behind = await freePort();
    await store.open();
    store.port = await freePort();
    store.server = createServer((client) => store.#pass(client)).listen(store.port, "127.0.0.1");
    return store;
  }

  /** Gives an object an entity tag: of one without, the store would read all of it for each request. */
  tag(bucket, { key, sha256 }) {
    const [in64, key64] = [bucket, key].map((text) => Buffer.from(text).toString("base64url"));
    fs.writeFileSync(path.join(this.root, `.bucket-${in64}.object-${key64}.internal.json`), JSON.stringify({ e_tag: sha256.slice(0, 32) }));
  }

  async open() {
    const args = ["--host", "127.0.0.1", "--port", String(this.behind), "--access-key", KEY, "--secret-key", SECRET, this.root];
    this.child = spawn(PEER, args, { stdio: "ignore" });
    process.once("exit", () => this.child.kill());
    await until(() => opens(this.behind), "the store does not start");
  }

  /** Ends the store, as if its machine were gone. */
  async end() {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGKILL");
    await ended;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The setting that names a bucket, and what opens it. */
  settings(bucket, env = {}) {
    return {
      DATELINE_AUTH_MEDIA: `s3://${bucket}?endpoint=${this.origin}`,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_REGION: "",
      AWS_SESSION_TOKEN: "",
      ...env,
    };
  }

  #pass(client) {
    const server = connect(this.behind, "127.0.0.1");
    let passed = 0;
    const both = [client, server];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.stopped.delete(client);
        for (const other of both) other.destroy();
      });
    }
    client.pipe(server);
    server.on("data", (bytes) => {
      const rest = this.most - passed;
      passed += bytes.length;
      if (rest >= bytes.length) {
        if (!client.write(bytes)) server.pause();
        return;
      }
      if (rest > 0) client.write(bytes.subarray(0, rest));
      server.pause();
      this.stopped.add(client);
    });
    client.on("drain", () => this.stopped.has(client) || server.resume());
    server.on("end", () => client.end());
  }

  /** Breaks every connection. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close() {
    this.cut();
    this.server.close();
    await this.end();
  }
}

/** One request as a program sends it (`fetch` says of itself that it is a page's script), led nowhere. */
export function plain(url, { method = "GET", headers = {} } = {}) {
  return new Promise((done, fail) => {
    const asked = request(url, { method, headers, agent: false }, async (answer) => {
      const chunks = [];
      try {
        for await (const chunk of answer) chunks.push(chunk);
        done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
      } catch (error) {
        fail(error);
      }
    });
    asked.once("error", fail).end();
  });
}

/** Where a redirect leads, and until when that is good. */
export async function granted(url) {
  const answer = await plain(url);
  if (answer.status !== 307) throw new Error(`no redirect: ${answer.status} ${answer.body}`);
  const address = new URL(answer.headers.location);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(address.searchParams.get("X-Amz-Date"));
  const until = Date.UTC(y, mo - 1, d, h, mi, s) + Number(address.searchParams.get("X-Amz-Expires")) * 1000;
  return { answer, address, until };
}
