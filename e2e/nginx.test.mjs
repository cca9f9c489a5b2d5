// Protects the installation with nginx in front (docs/nginx-media.conf): files come by its sendfile, and answers
// stay those of the sidecar.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { sidecar as startSidecar } from "./lib/accounts.mjs";
import { dist, freePort, manifest, ROOT, site, sources, temporary } from "./lib/newsroom.mjs";
import { renditions } from "./lib/player.mjs";
import { ask, servesRanges } from "./lib/ranges.mjs";

let direct;
let behind;
let nginx;
const { free, gated } = renditions(manifest());

before(async () => {
  const env = { DATELINE_AUTH_MEDIA: `file:${path.join(sources(), "media")}` };
  const options = { mail: `file:${temporary("mail")}` };
  direct = await startSidecar({ ...options, env });
  behind = await startSidecar({
    ...options,
    env: { ...env, DATELINE_AUTH_MEDIA_REDIRECT: "x-accel:/_media/", DATELINE_AUTH_TRUSTED_PROXIES: "127.0.0.1" },
  });
  nginx = await startNginx(new URL(behind.origin).port);
});
after(async () => {
  await nginx?.stop();
  await direct?.stop();
  await behind?.stop();
});

/** The shipped file, with this test's places on the lines that operators adapt, and nothing else changed. */
function adapted(folder, port, sidecarPort) {
  let text = fs.readFileSync(path.join(ROOT, "docs/nginx-media.conf"), "utf8");
  const places = {
    "127.0.0.1:8001": `127.0.0.1:${sidecarPort}`,
    "127.0.0.1:8080": `127.0.0.1:${port}`,
    "/srv/newsroom/dist/site": site(),
    "/srv/newsroom/dist/edge": path.join(dist(), "edge"),
    "/srv/newsroom/media": path.join(sources(), "media"),
    "/var/log/nginx": folder,
  };
  for (const [shipped, own] of Object.entries(places)) {
    assert.ok(text.includes(shipped), `docs/nginx-media.conf has no ${shipped} to adapt`);
    text = text.replaceAll(shipped, own);
  }
  return text;
}

async function startNginx(sidecarPort) {
  const folder = temporary("nginx");
  const port = await freePort();
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const main = `
${process.getuid() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
    include newsroom.conf;
    default_type text/plain;
    ${scratch.map((name) => `${name}_temp_path ${folder}/scratch;`).join("\n    ")}
}`;
  fs.writeFileSync(path.join(folder, "nginx.conf"), main);
  fs.writeFileSync(path.join(folder, "newsroom.conf"), adapted(folder, port, sidecarPort));
  const binary = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].find((file) => fs.existsSync(file)) ?? "nginx";
  const child = spawn(binary, ["-p", folder, "-e", "stderr", "-c", "nginx.conf"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((done) => child.once("exit", done).once("error", done));
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((later) => setTimeout(later, 20))) {
    if (child.exitCode !== null) break;
    if (await ask(origin, "/api/session").catch(() => null)) return { origin, folder, stop };
  }
  await stop();
  throw new Error(`nginx does not answer:\n${said}`);
}

test("the sidecar itself answers conditions and ranges", (t) => servesRanges(t, direct.origin, free));

// nginx takes a date for a validator, and resumes; what it sends is right all the same.
const except = ["resumed with our date"];
test("nginx answers conditions and ranges as the sidecar does", (t) => servesRanges(t, nginx.origin, free, { except }));

test("the folder of the files cannot be reached around the sidecar", async () => {
  for (const address of [`/_media/${gated.key}`, `/_media/${free.key}`, `/%5fmedia/${gated.key}`, "/_media/"]) {
    assert.equal((await ask(nginx.origin, address)).status, 404, address);
  }
});

test("a gated file asks for an account, with the sidecar's headers alone", async () => {
  const got = await ask(nginx.origin, gated.address);
  assert.equal(got.status, 401);
  assert.match(got.headers["content-type"], /^application\/problem\+json/);
  assert.equal(got.headers["cache-control"], "no-store");
  const straight = await ask(direct.origin, gated.address);
  assert.equal(got.headers["content-security-policy"], straight.headers["content-security-policy"]);
});

test("pages come from nginx, under the site's policy", async () => {
  const got = await ask(nginx.origin, "/en/");
  assert.equal(got.status, 200);
  assert.match(got.headers["content-security-policy"], /script-src \S+\/assets\/\S+\.js/);
});

test("no log of nginx holds a query", async () => {
  await ask(nginx.origin, `${free.address}?link=secret-of-a-link`);
  await ask(nginx.origin, `${gated.address}?link=secret-of-a-link`);
  await nginx.stop();
  const read = (name) => fs.readFileSync(path.join(nginx.folder, name), "utf8");
  const access = read("newsroom.log");
  assert.match(access, new RegExp(`"GET ${free.address} HTTP/1.1" 200 ${free.size} `));
  assert.doesNotMatch(access + read("newsroom.error.log"), /secret-of-a-link/);
});
