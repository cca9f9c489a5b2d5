// Protects what picture desks do on a photo story: download a picture that needs an account, with script and without;
// copy its words; go from picture to picture by keyboard and by anchors; print a contact sheet.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { PASSWORD } from "./lib/accounts.mjs";
import { newsdesk } from "./lib/newsdesk.mjs";
import { Reader } from "./lib/reader.mjs";
import { PHOTOS } from "./lib/sample.mjs";

let desk;
before(async () => { desk = await newsdesk("picture-desk"); });
after(() => desk?.close());

const open = async (options) => {
  const reader = await Reader.open(desk.browser, desk.origin, options);
  await reader.goto(PHOTOS);
  return reader;
};
const gated = (reader) => reader.page.locator("#_photo-2 .download a").first();

async function saved(reader, begin) {
  const [download] = await Promise.all([reader.page.waitForEvent("download"), begin()]);
  return { name: download.suggestedFilename(), bytes: fs.readFileSync(await download.path()) };
}

for (const script of [true, false]) {
  const way = script ? "in the panel" : "without script";
  test(`a picture is downloaded after registering on the way, ${way}`, async () => {
    const reader = await open({ script });
    const email = `desk-${script}@example.org`;
    assert.match(await gated(reader).innerText(), /^Download \([\d,. ]+ × [\d,. ]+, .+B\)$/);
    await gated(reader).click();
    await reader.shows("login");
    await reader.follow("register/");
    await reader.send("register", { email, password: PASSWORD });
    await reader.shows("verify");
    await reader.fill("verify", { code: await desk.code(email) });
    await reader.form("verify").locator("button:not([type=button])").click();
    await reader.place.locator("a[href='/api/return']").waitFor();
    const file = await saved(reader, async () => {
      await reader.back();
      if (script) return;
      await reader.page.waitForURL(/#rendition-desk-2\.[^/]+\.jpg$/);
      await gated(reader).click();
    });
    assert.equal(file.name, "desk-2.jpg");
    const whole = file.bytes.toString("latin1");
    assert.ok(whole.startsWith("\xff\xd8") && whole.endsWith("\xff\xd9"), "not a whole JPEG");
    const noted = desk.rows("SELECT dossier FROM downloads WHERE size = ?", file.bytes.length);
    assert.equal(noted.at(-1)[0], "photos.2026.11.10.desk");
    await reader.close();
  });
}

test("what needs an account is not in the site, and a program is told so", async () => {
  const reader = await open();
  const address = await gated(reader).getAttribute("href");
  const answer = await fetch(desk.origin + address);
  assert.equal(answer.status, 401);
  const shown = await reader.page.evaluate(async () => {
    const all = [...document.querySelectorAll("img, source")].flatMap((e) =>
      [e.src, ...(e.srcset ?? "").split(",").map((part) => part.trim().split(" ")[0])].filter(Boolean));
    return Promise.all([...new Set(all)].map(async (url) => [url, (await fetch(url)).status]));
  });
  for (const [url, status] of shown) {
    assert.equal(status, 200, url);
    assert.doesNotMatch(url, /desk-2\.[0-9a-f]+\.jpg/);
  }
  await reader.close();
});

test("caption, credit and terms are copied as text, or selected without script", async () => {
  const reader = await open();
  await reader.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await reader.page.locator("#_photo-3 .copy").click();
  const text = await reader.page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^Caption 3\.\s+Credit 3/);
  await reader.close();
  const plain = await open({ script: false });
  await plain.page.locator("#_photo-3 summary").click();
  assert.ok(await plain.page.locator("#_photo-3 .download-words").isVisible());
  assert.equal(await plain.page.locator("[data-photo-keys]").isVisible(), false);
  await plain.close();
});

test("arrow keys go from picture to picture, and fields keep theirs", async () => {
  const { page, close } = await open().then((r) => ({ page: r.page, close: () => r.close() }));
  const here = () => page.evaluate(() => [document.activeElement.id, location.hash]);
  const step = async (key) => {
    await page.keyboard.press(key);
    return here();
  };
  assert.ok(await page.locator("[data-photo-keys]").isVisible());
  assert.deepEqual(await step("ArrowRight"), ["_photo-1", "#_photo-1"]);
  assert.deepEqual(await step("ArrowRight"), ["_photo-2", "#_photo-2"]);
  assert.deepEqual(await step("ArrowRight"), ["_photo-3", "#_photo-3"]);
  assert.deepEqual(await step("ArrowLeft"), ["_photo-2", "#_photo-2"]);
  await page.locator("#_photo-2 summary").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal((await here())[1], "#_photo-2");
  await page.locator("#_photo-2 a[rel=next]").click();
  await page.waitForURL(/#_photo-3$/);
  assert.deepEqual(page.faults, []);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on a photo story, ${colorScheme}, and no width makes it scroll sideways`, async () => {
    const reader = await open({ colorScheme });
    for (const width of [360, 768, 1440]) {
      await reader.page.setViewportSize({ width, height: 800 });
      const over = await reader.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${width} px: ${over} px too wide`);
      const { violations } = await new AxeBuilder({ page: reader.page }).analyze();
      assert.deepEqual(violations.map((v) => [v.id, v.nodes.map((n) => n.html)]), [], `${width} px`);
    }
    await reader.close();
  });
}

test("in print: a contact sheet, with numbers, captions and credits", async () => {
  const reader = await open();
  await reader.page.setViewportSize({ width: 700, height: 1000 });
  await reader.page.emulateMedia({ media: "print" });
  const sheet = await reader.page.evaluate(() => ({
    tops: [...document.querySelectorAll(".photo")].map((e) => Math.round(e.getBoundingClientRect().top)),
    text: document.querySelector("#_photo-2 figcaption").innerText,
  }));
  assert.equal(new Set(sheet.tops.slice(0, 3)).size, 1, "three pictures stand side by side");
  assert.match(sheet.text, /2 \/ 4[^]*Caption 2[^]*Credit 2/);
  assert.doesNotMatch(sheet.text, /Download|Next/);
  await reader.close();
});
