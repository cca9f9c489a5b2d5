// Protects the one-machine installation: the sidecar serves the built site and its previews. Always without nginx in
// front, which would serve the pages.
import assert from "node:assert/strict";
import fs from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, watched } from "./lib/browser.mjs";
import { dist, edge, freePort, manifest, SIDECAR, site, sources } from "./lib/newsroom.mjs";
import { fullest } from "./lib/pages.mjs";
import { plays, renditions, serves } from "./lib/player.mjs";
import { start } from "./lib/programs.mjs";

let sidecar;
let browser;
before(async () => {
  const port = await freePort();
  browser = await launch();
  sidecar = await start(SIDECAR, ["serve", "--site", site()], {
    origin: `http://127.0.0.1:${port}`,
    env: {
      DATELINE_AUTH_LISTEN: `127.0.0.1:${port}`,
      DATELINE_AUTH_MANIFEST: path.join(dist(), "sidecar", "manifest.json"),
      DATELINE_AUTH_MEDIA: `file:${path.join(sources(), "media")}`,
    },
  });
});
after(async () => {
  await browser?.close();
  await sidecar?.stop();
});

test("it is healthy and ready", async () => {
  for (const call of ["/healthz", "/readyz"]) {
    assert.equal((await fetch(sidecar.origin + call)).status, 200, call);
  }
});

for (const kind of ["home", "article", "video", "section", "plain page"]) {
  test(`it serves ${kind} unchanged, under the site's policy`, async () => {
    const { address, file } = fullest(kind);
    const answer = await fetch(sidecar.origin + address);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), fs.readFileSync(path.join(site(), file), "utf8"));
    const policy = edge().headers[0].headers["Content-Security-Policy"];
    const here = answer.headers.get("content-security-policy").split(" ");
    const own = here.filter((source) => !source.startsWith(new URL(sidecar.origin).host) && !source.startsWith(sidecar.origin));
    assert.equal(own.join(" "), policy, "and it names the theme's scripts here too");

    const page = await watched(await browser.newContext());
    await page.goto(sidecar.origin + address, { waitUntil: "networkidle" });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test("an unknown address answers 404 with the site's page in the reader's language", async () => {
  const answer = await fetch(`${sidecar.origin}/fr/rien/`);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /<html lang="fr"/);
});

test("files beside the public tree stay private", async () => {
  // fetch() would normalise such addresses before sending them.
  const status = (address) =>
    new Promise((done, fail) => {
      const { hostname, port } = new URL(sidecar.origin);
      get({ hostname, port, path: address }, (answer) => done(answer.resume().statusCode)).on("error", fail);
    });
  for (const up of ["", "/..", "/%2e%2e", "/en/../..", "/..%2f", "/%252e%252e", "/..\\"]) {
    const address = `${up}/sidecar/manifest.json`;
    assert.ok([400, 404].includes(await status(address)), `${address}: ${await status(address)}`);
  }
});

test("the site's redirects work", async () => {
  const { redirects } = edge();
  assert.ok(redirects.length > 1, "aliases, and where a password is changed");
  for (const { from, to, status = 301 } of redirects) {
    const answer = await fetch(sidecar.origin + from, { redirect: "manual" });
    assert.equal(answer.status, status, from);
    assert.equal(answer.headers.get("location"), to);
  }
});

test("a public rendition answers ranges, a gated one needs an account", async () => {
  await serves(sidecar.origin, renditions(manifest()));
});

test("the player plays, seeks and shows captions", async () => {
  const page = await watched(await browser.newContext());
  await page.goto(sidecar.origin + renditions(manifest()).page);
  await plays(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("it shuts down in order", async () => {
  assert.equal(await sidecar.stop(), 0);
});
