// A bucket of a store that checks signatures and their age (scripts/s3-peer), and a way to it that tests can break.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { FRONT } from "./front.mjs";
import { freePort, ROOT, temporary } from "./newsroom.mjs";
import { until } from "./vault.mjs";

const KEY = "DATELINEKEY";
const SECRET = "a secret of tests";

const PEER = process.env.DATELINE_S3_PEER ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "peers/bin/s3s-fs");

/** Options of a test that needs a bucket. */
export const withBucket = (() => {
  if (FRONT === "nginx-sends") return { skip: "nginx sends files from a folder" };
  return fs.existsSync(PEER) ? {} : { skip: "no S3 server; scripts/s3-peer makes it" };
})();

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

/** Where a redirect leads, and until when that is good. */
export async function granted(url, headers = {}) {
  const answer = await fetch(url, { redirect: "manual", headers });
  if (answer.status !== 307) throw new Error(`no redirect: ${answer.status} ${await answer.text()}`);
  const address = new URL(answer.headers.get("location"));
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(address.searchParams.get("X-Amz-Date"));
  const until = Date.UTC(y, mo - 1, d, h, mi, s) + Number(address.searchParams.get("X-Amz-Expires")) * 1000;
  return { answer, address, until };
}
