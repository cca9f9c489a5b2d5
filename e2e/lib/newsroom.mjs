// The newsroom under test: its paths, how it is built, and the contents of the built tree.
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import fs from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./sample.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const RELEASE = path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "release");
export const DATELINE = process.env.DATELINE_BIN ?? path.join(RELEASE, "dateline");
export const SIDECAR = process.env.DATELINE_SIDECAR_BIN ?? path.join(RELEASE, "dateline-auth");
/** The moment of every build here, so that no test depends on the day it is run. */
export const AT = process.env.DATELINE_E2E_AT ?? "2026-11-24T12:00:00Z";

const folders = [];
process.on("exit", () => folders.forEach((dir) => fs.rmSync(dir, { recursive: true, force: true })));

/** A temporary folder that is removed when the process ends. */
export function temporary(name) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `dateline-${name}-`));
  folders.push(dir);
  return dir;
}

let prepared;
/** The newsroom under test: the run's own copy of the sample, or a fresh one for a file run alone. */
export function sources() {
  prepared ??=
    process.env.DATELINE_E2E_SOURCES ??
    prepare(path.resolve(process.env.DATELINE_E2E_ROOT ?? ROOT), temporary("sources"));
  return prepared;
}

/** Builds a newsroom and returns the command's output. */
export function build(out, { root = sources(), at = AT, env = {}, args = [] } = {}) {
  const all = ["build", "--root", root, "--out", out, "--at", at, ...args];
  return execFileSync(DATELINE, all, {
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

let built;
/** The folder with site/, edge/ and sidecar/: the run's own, or a fresh one for a file run alone. */
export function dist() {
  if (!built) {
    built = process.env.DATELINE_E2E_DIST;
    if (!built) {
      built = temporary("dist");
      build(built);
    }
  }
  return built;
}

export const site = () => path.join(dist(), "site");
export const readJson = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
export const manifest = () => readJson(path.join(dist(), "sidecar", "manifest.json"));
export const edge = () => readJson(path.join(dist(), "edge", "headers.json"));

/** Every file below a folder, as relative paths with slashes, sorted. */
export function walk(dir) {
  return fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The path at which a file of the site answers: `en/news/index.html` → `/en/news/`. */
export const addressOf = (file) =>
  encodeURI(`/${file.replace(/(^|\/)index\.html$/, "$1")}`);

/** The file that answers a path, or null. */
export function fileAt(pathname) {
  const plain = decodeURIComponent(pathname).slice(1);
  for (const file of plain === "" || plain.endsWith("/") ? [`${plain}index.html`] : [plain]) {
    if (fs.statSync(path.join(site(), file), { throwIfNoEntry: false })?.isFile()) return file;
  }
  return null;
}

/** The first port that the system assigns by itself; it never assigns lower ones. */
function firstOfSystem() {
  const range = "/proc/sys/net/ipv4/ip_local_port_range";
  return fs.existsSync(range) ? Number(fs.readFileSync(range, "utf8").split(/\s+/)[0]) : 49_152;
}

const bound = (socket, event) =>
  new Promise((done) => socket.once(event, () => done(true)).once("error", () => done(false)));

/**
 * A port for a program that starts later, or again: no other test gets it while this process lives. It is reserved by
 * the UDP port of the same number, which is released with the process, however that ends.
 */
export async function freePort() {
  const [low, high] = [Math.min(10_000, firstOfSystem() - 1000), firstOfSystem()];
  for (;;) {
    const port = randomInt(low, high);
    const claim = createSocket("udp4").unref();
    claim.bind({ port, address: "127.0.0.1", exclusive: true });
    const server = createServer();
    if (await bound(claim, "listening")) {
      server.listen(port, "127.0.0.1");
      if (await bound(server, "listening")) {
        await new Promise((closed) => server.close(closed));
        return port;
      }
      claim.close();
    }
  }
}
