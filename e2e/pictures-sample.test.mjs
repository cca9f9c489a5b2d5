// Protects what readers get of the sample's pictures: every file that is made of one says whose it is and nothing of
// where it was made, and a telephone loads no more of them than it shows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, watched } from "./lib/browser.mjs";
import { dist, site } from "./lib/newsroom.mjs";
import { fullest } from "./lib/pages.mjs";
import { serveSite } from "./lib/server.mjs";

/** What a telephone may load before it is scrolled, in bytes. */
const BUDGET = 120 * 1024;
const FORMATS = ["jpg", "png", "webp", "avif"].flatMap((ending) => ["-ext", ending]);
const options = { encoding: "utf8", maxBuffer: 1 << 28 };
const metadata = (folder) =>
  JSON.parse(execFileSync("exiftool", ["-json", "-G1", "-a", "-r", "-n", ...FORMATS, folder], options));

let browser, server;
before(async () => {
  browser = await launch();
  server = await serveSite();
});
after(async () => {
  await browser.close();
  await server.close();
});

test("whatever is made of a picture says whose it is", () => {
  const all = metadata(path.join(site(), "files"));
  // Those of lib/sample.mjs have other words.
  const files = all.filter(({ SourceFile }) => !/\/desk-\d|zyzzyva/.test(SourceFile));
  const derivatives = files.filter(({ SourceFile }) => /-\d+w\./.test(SourceFile));
  for (const ending of [".webp", ".jpg", ".png"]) {
    assert.ok(derivatives.some(({ SourceFile }) => SourceFile.endsWith(ending)), `there is no derivative ${ending}`);
  }
  for (const { SourceFile, ...tags } of files) {
    assert.match(String(tags["XMP-dc:Creator"]), /script/, SourceFile);
    assert.match(String(tags["XMP-photoshop:Credit"]), /Ostend Compact|Pacte d’Ostende|أوستند/, SourceFile);
    assert.match(String(tags["XMP-dc:Rights"]), /invented/, SourceFile);
    assert.match(String(tags["XMP-xmpRights:WebStatement"]), /\/terms\/$/, SourceFile);
    assert.match(String(tags["XMP-iptcExt:DigitalSourceType"]), /algorithmicMedia$/, SourceFile);
    if (!SourceFile.endsWith(".jpg")) continue;
    assert.match(String(tags["IPTC:By-line"]), /script/, SourceFile);
    assert.match(String(tags["IPTC:CopyrightNotice"]), /invented/, SourceFile);
    assert.ok(tags["IPTC:Credit"], SourceFile);
  }
});

test("no picture says where it was made", () => {
  for (const { SourceFile, ...tags } of metadata(dist())) {
    assert.deepEqual(Object.keys(tags).filter((name) => /GPS|Serial|MakerNote|Thumbnail/.test(name)), [], SourceFile);
  }
});

test("the pictures that a telephone shows first are light", async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 }, deviceScaleFactor: 2 });
  const page = await watched(context);
  const sizes = new Map();
  page.on("response", async (response) => {
    if (response.request().resourceType() === "image") sizes.set(response.url(), response.body());
  });
  const { address } = fullest("home");
  await page.goto(server.origin + address, { waitUntil: "networkidle" });
  const shown = await page.evaluate(() =>
    [...document.images]
      .filter((image) => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
      .map((image) => image.currentSrc),
  );
  assert.ok(shown.length > 0, `${address} shows no picture`);
  let sum = 0;
  for (const url of new Set(shown)) sum += (await sizes.get(url)).length;
  console.log(`  pictures of ${address} at 360 px: ${(sum / 1024).toFixed(1)} KiB in ${shown.length}`);
  assert.ok(sum <= BUDGET, `${address}: ${sum} bytes, more than ${BUDGET}`);
  assert.deepEqual(page.faults, []);
  await context.close();
});
