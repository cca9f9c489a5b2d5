// The programs that people download with, and raw sockets.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import path from "node:path";

export const sizeOf = (file) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Starts a program: `{ child, ended }`. With `most`, it cannot write a file beyond that many bytes (a multiple of 1024)
 * and dies when it tries: at an exact place, on fast machines and slow ones.
 */
export function run(program, args, { most = null } = {}) {
  const command = most === null ? [program, args] : ["bash", ["-c", `ulimit -c 0 -f ${most / 1024}; exec "$0" "$@"`, program, ...args]];
  const child = spawn(...command, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => done({ code, signal, out, said }));
  });
  return { child, ended };
}

/** curl, resuming where the file ends. */
export const curl = (url, file, args = [], options = {}) =>
  run("curl", ["--silent", "--show-error", "--fail", "--continue-at", "-", "--output", file, ...args, url], options);

/** wget, resuming where the file ends; it waits for a server that is down. */
export const wget = (url, file, args = [], options = {}) =>
  run("wget", ["--continue", "--no-verbose", "--tries=100", "--retry-connrefused", "--waitretry=1", "-O", file, ...args, url], options);

/** aria2c over eight connections, resuming from its control file. */
export const aria2c = (url, file, args = []) =>
  run("aria2c", [
    ...["-x8", "-s8", "-k1M", "--continue=true", "--file-allocation=none", "--auto-save-interval=1", "--no-conf"],
    ...["--max-tries=0", "--retry-wait=1", "--console-log-level=warn", "--summary-interval=0", "--allow-overwrite=false"],
    ...["--auto-file-renaming=false", "--dir", path.dirname(file), "--out", path.basename(file), ...args, url],
  ]);

/**
 * A client that reads the head of an answer and then nothing until `rest()`: if the file is larger than all socket
 * buffers, the transfer pauses in its middle.
 */
export function begun(url, headers = {}) {
  return new Promise((done, fail) => {
    const asked = request(url, { headers, agent: false }, (answer) => {
      answer.pause();
      const rest = async () => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        return Buffer.concat(chunks);
      };
      done({ status: answer.statusCode, headers: answer.headers, rest });
    });
    asked.once("error", fail).end();
  });
}

/** Sends exact bytes and reads until the other side closes: the status, and the whole answer. */
export function raw(origin, bytes) {
  const { hostname, port } = new URL(origin);
  return new Promise((done, fail) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const chunks = [];
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no answer to ${JSON.stringify(String(bytes))}`)));
    socket.on("data", (chunk) => chunks.push(chunk)).on("error", fail);
    socket.on("close", () => {
      const whole = Buffer.concat(chunks);
      done({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(whole.toString("latin1"))?.[1] ?? 0), whole });
    });
  });
}
