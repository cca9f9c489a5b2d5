// Protects the panel: by keyboard only, on a phone, in other languages, in two tabs, with the back button, and if the
// sidecar goes down meanwhile; axe finds nothing in any of its states.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { PASSWORD } from "./lib/accounts.mjs";
import { newsdesk } from "./lib/newsdesk.mjs";
import { manifest, temporary } from "./lib/newsroom.mjs";
import { Reader } from "./lib/reader.mjs";
import { until } from "./lib/vault.mjs";

const VIDEO = "/en/video/lisbon-doorstep/";
const GATED = "a[href^='/api/media/lisbon-doorstep/broadcast']";

let desk;
before(async () => {
  desk = await newsdesk("panel");
});
after(() => desk?.close());

const open = (options) => Reader.open(desk.browser, desk.origin, options);
const focused = (page) => page.evaluate(() => document.activeElement?.outerHTML ?? "");
const dialog = (page) => page.locator("dialog[open]");
const closed = (page) => page.waitForFunction(() => !document.querySelector("dialog[open]"));

/** Presses a key until the focus is on a matching element, as a person without a mouse does. */
async function tabTo(page, selector, key = "Tab") {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${selector} cannot be reached: ${await focused(page)}`);
}

describe("the panel", { concurrency: true }, () => {
  test("the keyboard is enough, and the focus returns to where it was", async () => {
    const reader = await open();
    const { page } = reader;
    await reader.goto("/en/");
    await tabTo(page, ".masthead-account");
    await page.keyboard.press("Enter");
    await reader.heading();
    await tabTo(page, `dialog a[href='${reader.path("register/")}']`);
    await page.keyboard.press("Enter");
    await reader.shows("register");
    await tabTo(page, "dialog input[name=email]");
    await page.keyboard.type("keys@example.org");
    await tabTo(page, "dialog input[name=password]");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await reader.shows("verify");
    await page.waitForFunction(() => document.activeElement?.name === "code");
    await page.keyboard.type(await desk.code("keys@example.org"));
    await page.keyboard.press("Enter");
    await reader.shows("newsletter");
    // The focus stays inside while the panel is open.
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest("dialog"));
      assert.ok(inside, await focused(page));
    }
    await page.keyboard.press("Escape");
    await closed(page);
    await page.waitForFunction(() => document.activeElement.matches(".masthead-account"));
    assert.equal(await reader.isSignedIn(), true);
    await page.waitForFunction(() => document.documentElement.classList.contains("signed-in"));
    await reader.close();
  });

  for (const lang of ["fr", "ar"]) {
    test(`it fits a phone in ${lang}`, async () => {
      const reader = await open({ lang, viewport: { width: 360, height: 740 }, hasTouch: true });
      const { page } = reader;
      const email = `phone.${lang}@example.org`;
      const fits = async () => {
        const wide = await page.evaluate(() => {
          const panel = document.querySelector("dialog[open]");
          return [panel.scrollWidth - panel.clientWidth, document.documentElement.scrollWidth - innerWidth];
        });
        assert.deepEqual(wide.map((by) => Math.max(by, 0)), [0, 0]);
        // Most of the screen is content.
        const text = await page.evaluate(() => document.querySelector("dialog[open] .account-main").clientWidth);
        assert.ok(text > 300, `${text} pixels`);
        assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("dialog[open]")).direction), lang === "ar" ? "rtl" : "ltr");
      };
      await reader.goto(`/${lang}/`);
      await reader.openAccount();
      await fits();
      await reader.follow("register/");
      await reader.send("register", { email, password: "short" });
      await reader.showsOutcome("password-too-short");
      await fits();
      await reader.send("register", { email, password: PASSWORD });
      await reader.shows("verify");
      await fits();
      const mail = await desk.mails.mail(email, { after: 0 });
      assert.equal(mail.headers.get("content-language"), lang);
      await reader.send("verify", { code: await desk.code(email) });
      await reader.shows("newsletter");
      await fits();
      await reader.close();
    });
  }

  test("of two tabs the later step counts, and both show who is logged in", async () => {
    const first = await open();
    const second = Object.assign(Object.create(Reader.prototype), first, { page: await first.context.newPage() });
    await first.goto("/en/");
    await second.goto(VIDEO);
    await first.register("tab.one@example.org", PASSWORD);
    await second.register("tab.two@example.org", PASSWORD);
    await first.send("verify", { code: await desk.code("tab.one@example.org") });
    await first.showsOutcome("code-wrong");
    await second.send("verify", { code: await desk.code("tab.two@example.org") });
    await second.shows("newsletter");
    await first.page.keyboard.press("Escape");
    await first.page.waitForFunction(() => {
      dispatchEvent(new Event("focus"));
      return document.documentElement.classList.contains("signed-in");
    });
    await first.close();
  });

  test("the back button goes back step by step, then closes the panel, and the page is unchanged", async () => {
    const reader = await open();
    const { page } = reader;
    await reader.goto("/en/");
    await page.evaluate(() => scrollTo(0, 300));
    await reader.goto(VIDEO);
    await reader.openAccount();
    await reader.follow("register/");
    await reader.send("register", { email: "back@example.org", password: PASSWORD });
    await reader.shows("verify");
    await page.goBack();
    await reader.shows("register");
    await page.goBack();
    await reader.place.locator(`a[href="${reader.path("register/")}"]`).first().waitFor();
    await page.goForward();
    await reader.shows("register");
    await page.goBack();
    await page.goBack();
    await closed(page);
    assert.equal(new URL(page.url()).pathname, VIDEO);
    await page.goBack();
    assert.equal(new URL(page.url()).pathname, "/en/");
    // The step is still there.
    await reader.openDirectly("verify/");
    await reader.send("verify", { code: await desk.code("back@example.org") });
    await reader.shows("newsletter");
    await reader.close();
  });

  test("a page that arrives late does not reopen the panel", async () => {
    const reader = await open();
    const { page } = reader;
    await reader.goto(VIDEO);
    await reader.openAccount();
    let release;
    const held = new Promise((go) => (release = go));
    await page.route(`**${reader.path("register/")}`, (route) => held.then(() => route.continue()));
    const asked = page.waitForRequest(`**${reader.path("register/")}`);
    await reader.follow("register/");
    await asked;
    await page.keyboard.press("Escape");
    await closed(page);
    const came = page.waitForResponse(`**${reader.path("register/")}`);
    release();
    await (await came).finished();
    // Any effect of the answer has happened after two frames.
    await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))));
    assert.equal(await dialog(page).count(), 0);
    await reader.openAccount();
    await reader.close();
  });

  test("closing it leaves no steps in the history", async () => {
    const reader = await open();
    const { page } = reader;
    await reader.goto("/en/");
    await reader.goto(VIDEO);
    await reader.openAccount();
    await reader.follow("register/");
    await reader.shows("register");
    await page.locator(".panel-close").click();
    await closed(page);
    await page.waitForFunction(() => !history.state);
    await page.goBack();
    assert.equal(new URL(page.url()).pathname, "/en/");
    await reader.close();
  });

  test("a double click is one request, and a code may be pasted as the mail shows it", async () => {
    const reader = await open();
    const { page } = reader;
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await reader.goto("/en/");
    await reader.openAccount();
    await reader.follow("register/");
    await reader.shows("register");
    await reader.fill("register", { email: "twice@example.org", password: PASSWORD });
    await reader.form("register").locator("button:not([type=button])").dblclick();
    await reader.shows("verify");
    assert.equal(sent.filter((url) => url.endsWith("/api/register")).length, 1);
    const code = await desk.code("twice@example.org");
    const field = reader.form("verify").locator("[name=code]");
    await field.fill(`\u00a0${code.slice(0, 4)}-${code.slice(4)} `);
    assert.equal(await field.inputValue(), `${code.slice(0, 4)} ${code.slice(4)}`);
    assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
    await reader.send("verify");
    await reader.shows("newsletter");
    await reader.close();
  });

  test("the account page is filled in, and everything on it works", async () => {
    const reader = await open();
    const { page } = reader;
    await reader.goto("/en/");
    await reader.register("home@example.org", PASSWORD);
    await reader.send("verify", { code: await desk.code("home@example.org") });
    await reader.shows("newsletter");
    await reader.context.request.post(`${desk.origin}/api/media/lisbon-doorstep/broadcast/link`, { data: {} });
    await reader.openDirectly("");
    await reader.shows("logout");
    assert.match(await reader.place.innerText(), /home@example\.org/);
    await page.locator(".account-links .copy").first().click();
    await page.locator(".account-links .copy", { hasText: "Copied" }).waitFor();
    assert.equal(new URL(page.url()).pathname, reader.path(""));
    await reader.close();
  });

  test("there is no countdown for an expired code", async () => {
    const reader = await open();
    await reader.goto("/en/");
    await reader.page.evaluate(() => {
      sessionStorage.datelineCode = JSON.stringify(["2025-01-01T00:01:00Z", "2025-01-01T00:30:00Z"]);
    });
    await reader.openDirectly("verify/");
    await reader.shows("code");
    assert.equal(await reader.place.locator(".countdown").count(), 0);
    assert.equal(await reader.form("code").locator("button").getAttribute("aria-disabled"), null);
    await reader.close();
  });

  test("a password can be shown, and is hidden when the form is submitted", async () => {
    const reader = await open();
    await reader.goto("/en/");
    await reader.openAccount();
    await reader.follow("register/");
    await reader.fill("register", { email: "look@example.org", password: PASSWORD });
    const input = reader.form("register").locator("[name=password]");
    await reader.form("register").locator(".reveal").click();
    assert.equal(await input.getAttribute("type"), "text");
    await reader.send("register");
    await reader.shows("verify");
    await reader.close();
  });
});

for (const script of [true, false]) {
  test(`a link for curl is two clicks away, and its command runs, ${script ? "with" : "without"} script`, async () => {
    const reader = await open({ script });
    const { page } = reader;
    const email = `curl.${script}@example.org`;
    await reader.goto("/en/");
    await reader.register(email, PASSWORD);
    await reader.send("verify", { code: await desk.code(email) });
    await reader.shows("newsletter");
    await reader.context.request.post(`${desk.origin}/api/logout`, { data: {} });
    await reader.goto(VIDEO);
    const form = page.locator("form[action='/api/media/lisbon-doorstep/broadcast/link']");
    await form.locator("button").click();
    await reader.send("login", { email, password: PASSWORD });
    if (!script) {
      await page.waitForURL(`**${VIDEO}#rendition-broadcast`);
      await form.locator("button").click();
    }
    await page.waitForURL("**/api/account#link-*");
    const link = page.locator(".account-links > li");
    await page.locator(".account-links > li:target").waitFor();
    if (script) {
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map((v) => `${v.id} ${v.nodes[0].html}`), []);
    }
    const command = await link.locator("code").first().innerText();
    const folder = temporary("curl");
    execFileSync("sh", ["-c", command], { cwd: folder, stdio: "pipe" });
    assert.deepEqual(fs.readdirSync(folder), ["lisbon-doorstep-1080p25.mov"]);
    // The second time, there is nothing left to download.
    const again = spawnSync("sh", ["-c", command], { cwd: folder, stdio: "pipe" });
    assert.ok([0, 22, 33].includes(again.status), `${again.status} ${again.stderr}`);
    const wanted = manifest().media["lisbon-doorstep"].renditions.broadcast.sha256;
    const got = createHash("sha256").update(fs.readFileSync(path.join(folder, "lisbon-doorstep-1080p25.mov")));
    assert.equal(got.digest("hex"), wanted);
    await until(async () => {
      await page.goto(`${desk.origin}/api/account`);
      return /Complete/.test(await page.locator("section:has(#_downloads) tbody").innerText());
    }, "the download is not complete");
    await link.locator("form button").click();
    await link.waitFor({ state: "detached" });
    await reader.close();
  });
}

test("if the sidecar goes down, pages stay complete, the panel says so, and no entry is lost", async () => {
  const reader = await open();
  const { page } = reader;
  await reader.goto(VIDEO);
  await page.locator(GATED).first().click();
  await reader.follow("register/");
  await reader.shows("register");
  // Calls fail as if nothing listened; pages come from a CDN.
  await page.route("**/api/**", (route) => route.abort("connectionrefused"));
  await reader.send("register", { email: "gone@example.org", password: PASSWORD });
  await reader.showsOutcome("unavailable");
  assert.match(await reader.place.locator(".told").first().innerText(), /still here/);
  assert.equal(await reader.form("register").locator("[name=email]").inputValue(), "gone@example.org");
  assert.equal(await reader.form("register").locator("[name=password]").inputValue(), PASSWORD);
  await page.unroute("**/api/**");
  await reader.send("register");
  await reader.shows("verify");
  const code = await desk.code("gone@example.org");
  await desk.stop();
  await reader.send("verify", { code });
  await reader.showsOutcome("unavailable");
  await desk.restart();
  await reader.send("verify");
  await reader.shows("newsletter");
  assert.equal(await reader.isSignedIn(), true);
  await reader.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in any state of the panel, ${colorScheme}`, async () => {
    const reader = await open({ colorScheme, viewport: { width: 360, height: 740 } });
    const { page } = reader;
    const email = `axe.${colorScheme}@example.org`;
    const states = [];
    const clean = async (state) => {
      const { violations } = await new AxeBuilder({ page }).include("dialog[open]").analyze();
      assert.deepEqual(violations.map((v) => `${state}: ${v.id} ${v.nodes[0].html}`), []);
      states.push(state);
    };
    await reader.goto(VIDEO);
    await page.locator(GATED).first().click();
    await reader.shows("login");
    await clean("login");
    await reader.send("login", { email, password: "wrong" });
    await reader.showsOutcome("credentials-wrong");
    await clean("login refused");
    await reader.follow("register/");
    await reader.shows("register");
    await clean("register");
    await reader.send("register", { email, password: "short" });
    await reader.showsOutcome("password-too-short");
    await clean("register refused");
    await reader.send("register", { email, password: PASSWORD });
    await reader.shows("verify");
    await clean("code");
    await reader.send("verify", { code: "11111111" });
    await reader.showsOutcome("code-wrong");
    await clean("code refused");
    await reader.send("verify", { code: await desk.code(email) });
    await reader.shows("newsletter");
    await clean("welcome");
    await reader.send("newsletter");
    await reader.showsOutcome("newsletter-on");
    await clean("newsletter on");
    await reader.context.clearCookies();
    await reader.goto(VIDEO);
    await page.locator(GATED).first().click();
    await reader.follow("reset/");
    await reader.shows("reset");
    await clean("reset");
    await reader.send("reset", { email });
    await reader.shows("reset/verify");
    await clean("reset code");
    await reader.send("reset/verify", { code: await desk.code(email, 1) });
    await reader.shows("reset/password");
    await clean("new password");
    await reader.send("reset/password", { password: "Another-Horse-43!" });
    await reader.place.locator("a[href='/api/return']").waitFor();
    await clean("done");
    assert.equal(states.length, 12);
    await reader.close();
  });
}
