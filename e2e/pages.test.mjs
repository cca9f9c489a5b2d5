// Protects what a reader sees: every kind of page, on a phone, a tablet and a desktop, light and dark, opens without
// errors under the site's own security policy, fits its width, and passes axe's checks of WCAG 2.2 AA.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { launch, scrollThrough, watched } from "./lib/browser.mjs";
import { KINDS, fullest, pages, samples } from "./lib/pages.mjs";
import { serveSite } from "./lib/server.mjs";

const WIDTHS = [360, 768, 1440];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveSite()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("the sample newsroom has every kind of page", () => {
  const lacking = Object.keys(KINDS).filter((kind) => !fullest(kind));
  assert.deepEqual(lacking, []);
  for (const lang of ["en", "fr", "ar"]) assert.ok(fullest("home", lang), `no home in ${lang}`);
});

/** What axe finds on the page in its current state, one line for each element. */
async function violations(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode().analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `axe ${id}: ${help}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`),
  );
}

/** Elements wider than the window, if the page is. */
const overflowing = () => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const out = [...document.body.querySelectorAll("*")].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 1 && (right > innerWidth + 1 || left < -1);
  });
  const names = out.slice(0, 5).map((e) => `${e.localName}.${e.className}`);
  return [`wider than the window by ${root.scrollWidth - root.clientWidth} px: ${names.join(", ")}`];
};

async function faultsOf(page, address) {
  page.faults.length = 0;
  // The root page redirects at once; this shows it.
  await page.route(`${server.origin}/`, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<meta http-equiv="?refresh[^>]*>/i, "");
    await route.fulfill({ response, body });
  });
  await page.goto(server.origin + address, { waitUntil: "load" });
  await scrollThrough(page);
  const broken = await page.evaluate(() =>
    [...document.images].filter((i) => i.complete && i.naturalWidth === 0).map((i) => `no picture: ${i.src}`),
  );
  return [
    ...page.faults,
    ...broken,
    ...(await page.evaluate(overflowing)),
    ...(await violations(page)),
  ];
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of WIDTHS) {
    test(`every kind of page at ${width} px, ${colorScheme}`, async (t) => {
      const viewport = { width, height: width < 700 ? 740 : 900 };
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
      const page = await watched(context);
      for (const { kind, page: sample } of samples()) {
        await t.test(`${kind} ${sample.address}`, async () => {
          assert.deepEqual(await faultsOf(page, sample.address), []);
        });
      }
      await context.close();
    });
  }
}

test("at 400 % zoom, which is 320 px, nothing needs horizontal scrolling", async () => {
  const context = await browser.newContext({ viewport: { width: 320, height: 480 } });
  const page = await watched(context);
  const found = [];
  for (const { kind, page: sample } of samples()) {
    if (kind === "root") continue;
    await page.goto(server.origin + sample.address);
    found.push(...(await page.evaluate(overflowing)).map((what) => `${sample.address} ${what}`));
  }
  await context.close();
  assert.deepEqual(found, []);
});

test("every page of the site opens without errors, and editors' content passes axe", async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const page = await watched(context);
  const found = [];
  for (const { address, type } of pages()) {
    if (type === "redirect" || type === "root") continue;
    page.faults.length = 0;
    await page.goto(server.origin + address, { waitUntil: "load" });
    const wrong = [...page.faults, ...(await page.evaluate(overflowing))];
    const old = address.includes("/back-catalogue");
    if (["article", "page", "video"].includes(type) && !old) wrong.push(...(await violations(page)));
    found.push(...wrong.map((what) => `${address} ${what}`));
  }
  await context.close();
  assert.deepEqual(found, []);
});

test("an unknown address answers 404 with links, in its language", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const lang of ["en", "fr", "ar"]) {
    const answer = await page.goto(`${server.origin}/${lang}/nothing/here/`);
    assert.equal(answer.status(), 404);
    assert.equal(await page.getAttribute("html", "lang"), lang);
    assert.ok((await page.locator(`main a[href="/${lang}/"]`).count()) > 0, `no way home in ${lang}`);
  }
  await context.close();
});

test("the root leads to the home page of the default language", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  // The redirect may come before the page itself has loaded.
  await Promise.all([page.waitForURL(`${server.origin}/en/`), page.goto(`${server.origin}/`).catch(() => {})]);
  await context.close();
});

test("an alias leads to the article", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const aliases = pages().filter((p) => p.type === "redirect");
  assert.ok(aliases.length > 0, "the sample has no alias");
  for (const { address } of aliases) {
    await page.goto(server.origin + address);
    assert.match(page.url(), /\/\d{4}\/\d\d\/\d\d\/[^/]+\/$/);
  }
  await context.close();
});
