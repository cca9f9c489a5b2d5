// A store of this machine with one bucket, `news`, which checks signatures and keeps each object as a file.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { freePort, ROOT, temporary } from "./newsroom.mjs";

export const PEER =
  process.env.DATELINE_S3_PEER ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "peers/bin/s3s-fs");

/** Options of a test that needs the store. */
export const withBucket = fs.existsSync(PEER) ? {} : { skip: "no S3 server to test against; scripts/s3-peer makes it" };

const answers = (port) =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => done(Boolean(socket.destroy()))).on("error", () => done(false));
  });

/** Starts the store: `{ endpoint, folder, env, stop }`, with the folder of the bucket and the credentials for it. */
export async function startBucket() {
  const data = temporary("bucket");
  fs.mkdirSync(path.join(data, "news"));
  const port = await freePort();
  const env = { AWS_ACCESS_KEY_ID: "DATELINEKEY", AWS_SECRET_ACCESS_KEY: "a secret of tests" };
  const keys = ["--access-key", env.AWS_ACCESS_KEY_ID, "--secret-key", env.AWS_SECRET_ACCESS_KEY];
  const child = spawn(PEER, ["--host", "127.0.0.1", "--port", port, ...keys, data], { stdio: "ignore" });
  process.on("exit", () => child.kill());
  const ended = new Promise((done) => child.once("exit", done).once("error", done));
  for (const until = Date.now() + 120_000; Date.now() < until && child.exitCode === null; ) {
    if (await answers(port)) {
      const stop = () => {
        child.kill();
        return ended;
      };
      return { endpoint: `http://127.0.0.1:${port}`, folder: path.join(data, "news"), env, stop };
    }
    await new Promise((later) => setTimeout(later, 20));
  }
  throw new Error(`${PEER} does not answer`);
}
