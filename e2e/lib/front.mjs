// nginx in front of the sidecar, by the shipped configuration: deploy/nginx/ and dist/edge/nginx.conf.
//
// `DATELINE_E2E_FRONT` puts it before the sidecar of every test: `nginx` passes everything on, `nginx-sends` sends the
// files itself (X-Accel-Redirect). Without it, tests talk to the sidecar directly.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { freePort, ROOT, temporary } from "./newsroom.mjs";

export const FRONT = process.env.DATELINE_E2E_FRONT ?? "";
if (!["", "nginx", "nginx-sends"].includes(FRONT)) throw new Error(`DATELINE_E2E_FRONT is ${FRONT}: nginx or nginx-sends`);

/** Options of a test that needs the sidecar to send the bytes itself. */
export const sidecarSends = (why) => (FRONT === "nginx-sends" ? { skip: `where the sidecar sends the files: ${why}` } : {});

const SHIPPED = path.join(ROOT, "deploy");

/** Replaces places in a shipped file, each of which must be there. */
export function moved(text, places) {
  for (const [place, own] of Object.entries(places)) {
    assert.ok(text.includes(place), `the configuration has no ${place} to replace`);
    text = text.replaceAll(place, own);
  }
  return text;
}

/** newsroom.conf with a test's folders. */
export const newsroomConf = ({ site, media }) =>
  moved(fs.readFileSync(path.join(SHIPPED, "nginx/newsroom.conf"), "utf8"), {
    "/srv/newsroom/dist/site": site,
    "/srv/newsroom/dist/edge": path.join(path.dirname(site), "edge"),
    "/srv/newsroom/media": media,
  });

/** The shipped files, with a test's places, and nothing else changed. */
function adapted({ folder, port, behind, site, media }) {
  const shipped = (file) => fs.readFileSync(path.join(SHIPPED, "nginx/dateline", file), "utf8");
  return {
    "newsroom.conf": newsroomConf({ site, media }),
    "dateline/site.conf": moved(shipped("site.conf"), { "127.0.0.1:8080": `127.0.0.1:${port}`, "/var/log/nginx": folder }),
    "dateline/upstream.conf": moved(shipped("upstream.conf"), {
      "127.0.0.1:8001": [behind].flat().map((one) => `127.0.0.1:${one}`).join(";\nserver "),
    }),
  };
}

/** The relevant settings of Debian's nginx.conf. */
const main = (folder) => `
${process.getuid() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
    sendfile on;
    tcp_nopush on;
    gzip on;
    default_type application/octet-stream;
    include newsroom.conf;
    ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/scratch;`).join("\n    ")}
}`;

const answers = (origin) =>
  new Promise((done) => {
    request(origin, { agent: false }, (answer) => done(Boolean(answer.resume()))).on("error", () => done(false)).end();
  });

const binary = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].find((file) => fs.existsSync(file)) ?? "nginx";

/** Starts nginx before a sidecar, or before several, at the ports `behind`: `{ origin, folder, stop }`. It lives no longer than this process. */
export async function startNginx({ port, behind, site, media }) {
  const origin = `http://127.0.0.1:${port}`;
  return runNginx(temporary("nginx"), (folder) => adapted({ folder, port, behind, site, media }), origin);
}

/** Runs nginx with these files until `origin` answers. */
export async function runNginx(folder, filesIn, origin) {
  fs.mkdirSync(path.join(folder, "dateline"));
  fs.writeFileSync(path.join(folder, "nginx.conf"), main(folder));
  for (const [file, text] of Object.entries(filesIn(folder))) fs.writeFileSync(path.join(folder, file), text);
  const log = path.join(folder, "error.log");
  const child = spawn(binary, ["-p", folder, "-e", log, "-c", "nginx.conf"], { stdio: "ignore" });
  child.unref();
  process.on("exit", () => child.kill());
  const ended = new Promise((done) => child.once("exit", done).once("error", done));
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  for (const until = Date.now() + 120_000; Date.now() < until && child.exitCode === null; ) {
    if (await answers(origin)) return { origin, folder, stop };
    await new Promise((later) => setTimeout(later, 20));
  }
  await stop();
  throw new Error(`nginx does not answer:\n${fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "no log"}`);
}

const fronts = new Map();
/** nginx at this port, kept while the sidecar behind it restarts: where that listens, and its settings. */
export async function inFront(port, { site, media = temporary("media") }) {
  if (!FRONT) return null;
  if (!fronts.has(port)) {
    const behind = await freePort();
    await startNginx({ port, behind, site, media });
    const env = { DATELINE_AUTH_TRUSTED_PROXIES: "127.0.0.1" };
    if (FRONT === "nginx-sends") env.DATELINE_AUTH_MEDIA_REDIRECT = "x-accel:/_media/";
    fronts.set(port, { behind, env });
  }
  return fronts.get(port);
}
