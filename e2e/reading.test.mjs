// Protects ways of reading: by keyboard only, without JavaScript, from right to left, on a slow connection, on paper;
// and that nothing moves while a page loads.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { focusReaches, launch, scrollThrough, watched } from "./lib/browser.mjs";
import { fileAt, site } from "./lib/newsroom.mjs";
import { attribute, fullest, pages, samples } from "./lib/pages.mjs";
import { serveSite } from "./lib/server.mjs";

const BUDGET = 40 * 1024;
const ACCOUNT = ["account register", "account verify", "account welcome", "account login"];
const MAIN = ["home", "article", "article with a correction", "video", "section", "plain page", ...ACCOUNT];

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveSite()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function open(kind, { lang, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await watched(context);
  const sample = fullest(kind, lang);
  assert.ok(sample, `the sample newsroom has no ${kind}`);
  await page.goto(server.origin + sample.address);
  return page;
}

/** How the focused element looks once it is scrolled into view. */
const focusMark = async () => {
  for (let i = 0; i < 2; i++) await new Promise((next) => requestAnimationFrame(next));
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    what: `${element.localName} ${element.textContent.trim().slice(0, 40)}`,
    body: element === document.body,
    // The browser's own player controls cannot be inspected.
    outlined:
      element.localName === "video" ||
      (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none",
    seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
  };
};

for (const kind of MAIN) {
  test(`by keyboard: ${kind}: the first stop skips to the content, and every stop is visible`, async () => {
    const page = await open(kind);
    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
    assert.match(first ?? "", /^#/, "the first stop is not a skip link");
    assert.ok((await page.evaluate(focusMark)).seen, "the skip link stays hidden when focused");
    await page.keyboard.press("Enter");
    await focusReaches(page, first.slice(1));
    const inside = await page.evaluate(() => document.activeElement.matches("main, main *"));
    assert.ok(inside, "the skip link does not move the focus into main");

    await page.goto(page.url().replace(/#.*/, ""));
    await page.evaluate(() => document.activeElement.blur());
    const wrong = [];
    let stops = 0;
    for (; stops < 400; stops++) {
      await page.keyboard.press("Tab");
      const mark = await page.evaluate(focusMark);
      if (mark.body) break;
      if (!mark.outlined) wrong.push(`no focus mark: ${mark.what}`);
      if (!mark.seen) wrong.push(`focused out of sight: ${mark.what}`);
    }
    assert.ok(stops > 10, `only ${stops} stops`);
    assert.deepEqual(wrong, []);
    await page.context().close();
  });
}

test("no element has a positive tabindex", () => {
  for (const { page } of samples()) {
    const raised = page.elements.filter((e) => Number(attribute(e, "tabindex") ?? 0) > 0);
    assert.equal(raised.length, 0, page.address);
  }
});

/** The visible text of main, without what scripts add. */
const visibleText = () => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode;
    if (parent.closest("button, script, [data-keys], video")) continue;
    if (data.trim() && parent.checkVisibility({ visibilityProperty: true })) words.push(data.trim());
  }
  return words.join(" ").replace(/\s+/g, " ");
};

for (const kind of MAIN) {
  test(`without JavaScript: ${kind} is complete`, async () => {
    const [plain, scripted] = [await open(kind, { javaScriptEnabled: false }), await open(kind)];
    await plain.waitForLoadState("networkidle");
    const text = await plain.evaluate(visibleText);
    assert.ok(text.length > 80, "nearly no text");
    assert.equal(text, await scripted.evaluate(visibleText));
    const faults = await plain.evaluate(() => [
      ...[...document.querySelectorAll("main button")]
        .filter((b) => b.type !== "submit" || !b.form)
        .filter((b) => b.checkVisibility({ visibilityProperty: true }))
        .map((b) => `a button that does nothing: ${b.textContent}`),
      ...[...document.querySelectorAll("video:not([controls])")].map(() => "a video without controls"),
      ...[...document.images].filter((i) => !i.naturalWidth).map((i) => `no picture: ${i.src}`),
    ]);
    assert.deepEqual([...faults, ...plain.faults], []);
    await plain.context().close();
    await scripted.context().close();
  });
}

test("Arabic runs from right to left, and foreign text in it is marked", async () => {
  const page = await open("home", { lang: "ar" });
  const laid = await page.evaluate(() => {
    const first = document.querySelector("header a:not(.skip)").getBoundingClientRect();
    return {
      dir: document.documentElement.dir,
      direction: getComputedStyle(document.body).direction,
      startsRight: first.right > innerWidth / 2,
      foreign: [...document.querySelectorAll("main a, main p, main h2, main h3")]
        .filter((e) => /^[\p{Script=Latin}\s\p{P}\d]{12,}$/u.test(e.textContent.trim()) && !e.textContent.includes("@"))
        .filter((e) => e.closest("[lang]").lang === "ar" && !e.querySelector("[lang]"))
        .map((e) => e.textContent.trim().slice(0, 60)),
    };
  });
  assert.deepEqual(laid, { dir: "rtl", direction: "rtl", startsRight: true, foreign: [] });
  await page.context().close();
});

/** Dates that are split on one line by something between their parts. */
const tornParts = () =>
  [...document.querySelectorAll("time, bdi")]
    .filter((element) => {
      const lines = new Map();
      for (const { top, left, right } of element.getClientRects()) {
        const line = lines.get(Math.round(top)) ?? { left: Infinity, right: -Infinity, sum: 0 };
        lines.set(Math.round(top), {
          left: Math.min(line.left, left),
          right: Math.max(line.right, right),
          sum: line.sum + right - left,
        });
      }
      return [...lines.values()].some(({ left, right, sum }) => right - left - sum > 2);
    })
    .map((element) => element.parentElement.textContent.trim().slice(0, 80));

test("no date or number in Arabic is split by neighbouring text", async () => {
  const page = await open("home", { lang: "ar" });
  const torn = [];
  for (const sample of pages().filter((p) => p.lang === "ar" && p.type !== "redirect")) {
    await page.goto(server.origin + sample.address);
    const found = await page.evaluate(tornParts);
    torn.push(...found.map((what) => `${sample.address}: ${what}`));
  }
  await page.context().close();
  assert.deepEqual(torn, []);
});

for (const kind of ["home", "article", "photo story", "video", "section", "account register"]) {
  for (const width of [360, 1440]) {
    test(`nothing moves while ${kind} loads at ${width} px`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 800 } });
      const page = await watched(context);
      await page.addInitScript(() => {
        window.moved = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const what = entry.sources.map((s) => s.node?.className || s.node?.nodeName);
            window.moved.push(`${entry.value.toFixed(4)} ${what.join(", ")}`);
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      // Late pictures and styles make pages jump.
      await page.route(/\.(jpg|png|webp|avif|svg|js)$/, async (route) => {
        await new Promise((later) => setTimeout(later, 150));
        await route.continue();
      });
      await page.goto(server.origin + fullest(kind).address, { waitUntil: "networkidle" });
      await scrollThrough(page);
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(() => window.moved), []);
      await context.close();
    });
  }
}

test("an article with its style and script is light", () => {
  for (const kind of ["article", "home", "video", "section", ...ACCOUNT]) {
    const page = fullest(kind);
    const linked = page.elements.map((e) => {
      if (e.tagName === "script") return attribute(e, "src");
      return e.tagName === "link" && attribute(e, "rel") === "stylesheet" ? attribute(e, "href") : null;
    });
    const files = [page.file, ...linked.filter(Boolean).map((address) => fileAt(address))];
    const weights = files.map((file) => gzipSync(fs.readFileSync(path.join(site(), file)), { level: 9 }).length);
    const sum = weights.reduce((a, b) => a + b, 0);
    console.log(`  weight of ${kind} ${page.address}: ${(sum / 1024).toFixed(1)} KiB (${weights.join(" + ")} bytes, gzip)`);
    assert.ok(sum <= BUDGET, `${page.address}: ${sum} bytes, more than ${BUDGET}`);
  }
});

test("in print: the story without the navigation", async () => {
  const page = await open("article");
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() => ({
    story: document.querySelector("main h1").checkVisibility(),
    navigation: [...document.querySelectorAll("nav.sections, nav.languages, .skip")].some((e) =>
      e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().height > 1,
    ),
  }));
  assert.deepEqual(shown, { story: true, navigation: false });
  await page.context().close();
});
