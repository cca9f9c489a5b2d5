// Protects the installation with nginx in front (deploy/nginx/): whichever of the two sends the files, the answers are
// the sidecar's. The other suites also run behind nginx, with DATELINE_E2E_FRONT.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { sidecar as startSidecar } from "./lib/accounts.mjs";
import { startNginx } from "./lib/front.mjs";
import { freePort, manifest, site, sources, temporary } from "./lib/newsroom.mjs";
import { renditions } from "./lib/player.mjs";
import { ask, servesRanges } from "./lib/ranges.mjs";

const media = path.join(sources(), "media");
const { free, gated } = renditions(manifest());
let direct;
/** nginx in front of a sidecar that sends the files itself, and of one that lets nginx send them. */
const fronts = {};
const behind = {};
const started = [];

before(async () => {
  const options = { mail: `file:${temporary("mail")}`, alone: true };
  const env = { DATELINE_AUTH_MEDIA: `file:${media}` };
  direct = await startSidecar({ ...options, env });
  started.push(direct);
  const trusted = { ...env, DATELINE_AUTH_TRUSTED_PROXIES: "127.0.0.1" };
  const sends = { DATELINE_AUTH_MEDIA_REDIRECT: "x-accel:/_media/" };
  for (const [name, own] of [["passes on", {}], ["sends", sends]]) {
    behind[name] = await startSidecar({ ...options, env: { ...trusted, ...own } });
    const place = { port: await freePort(), behind: new URL(behind[name].origin).port, site: site(), media };
    fronts[name] = await startNginx(place);
    started.push(behind[name], fronts[name]);
  }
});
after(() => Promise.all(started.map((one) => one.stop())));

test("the sidecar itself answers conditions and ranges", (t) => servesRanges(t, direct.origin, free));

for (const how of ["passes on", "sends"]) {
  test(`nginx that ${how} the files answers conditions and ranges as the sidecar does`, (t) => servesRanges(t, fronts[how].origin, free));
}

test("media files cannot be reached without the sidecar", async () => {
  for (const address of [`/_media/${gated.key}`, `/_media/${free.key}`, `/%5fmedia/${gated.key}`, "/_media/"]) {
    assert.equal((await ask(fronts.sends.origin, address)).status, 404, address);
  }
});

test("a gated file needs an account, and the answer has only the sidecar's headers", async () => {
  const got = await ask(fronts.sends.origin, gated.address);
  assert.equal(got.status, 401);
  assert.match(got.headers["content-type"], /^application\/problem\+json/);
  assert.equal(got.headers["cache-control"], "no-store");
  const straight = await ask(direct.origin, gated.address);
  assert.equal(got.headers["content-security-policy"], straight.headers["content-security-policy"]);
});

test("pages come from nginx, under the site's policy", async () => {
  const got = await ask(fronts.sends.origin, "/en/");
  assert.equal(got.status, 200);
  assert.match(got.headers["content-security-policy"], /script-src \S+\/assets\/\S+\.js/);
});

test("nginx's own answers are problems: a body is too large, or the sidecar is down", async () => {
  const { origin } = fronts["passes on"];
  const headers = { "Content-Type": "application/json" };
  const large = await fetch(`${origin}/api/login`, { method: "POST", headers, body: "x".repeat(1_100_000) });
  assert.equal(large.status, 413);
  assert.equal(large.headers.get("content-type"), "application/problem+json");
  assert.equal((await large.json()).type, "urn:dateline:problem:too-large");

  await behind["passes on"].stop();
  for (const [address, method] of [["/api/session", "GET"], ["/api/login", "POST"], [free.address, "GET"]]) {
    const away = await fetch(origin + address, { method, headers, body: method === "POST" ? "{}" : null });
    assert.equal(away.status, 502, address);
    assert.equal(away.headers.get("content-type"), "application/problem+json");
    assert.equal(away.headers.get("retry-after"), "5");
    assert.equal(away.headers.get("cache-control"), "no-store");
    const told = await away.json();
    assert.deepEqual([told.type, told.status, told.retry_after], ["urn:dateline:problem:unavailable", 502, 5]);
  }
});

test("nginx's logs contain no query", async () => {
  await ask(fronts.sends.origin, `${free.address}?link=secret-of-a-link`);
  await ask(fronts.sends.origin, `${gated.address}?link=secret-of-a-link`);
  await fronts.sends.stop();
  const read = (name) => fs.readFileSync(path.join(fronts.sends.folder, name), "utf8");
  const access = read("newsroom.log");
  assert.match(access, new RegExp(`"GET ${free.address} HTTP/1.1" 200 ${free.size} `));
  assert.doesNotMatch(access + read("newsroom.error.log"), /secret-of-a-link/);
});
