// Protects readers whose browser lacks, refuses or breaks something: they can always register, learn that a password
// is wrong, and log in.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PASSWORD } from "./lib/accounts.mjs";
import { codeIn } from "./lib/mail-server.mjs";
import { newsdesk } from "./lib/newsdesk.mjs";
import { until } from "./lib/vault.mjs";

let desk;
before(async () => {
  desk = await newsdesk("broken");
});
after(() => desk?.close());

const absent = (name) => `Object.defineProperty(globalThis, "${name}", { value: undefined, configurable: true });`;
const throwing = (name) =>
  `Object.defineProperty(globalThis, "${name}", { get() { throw new DOMException("no", "SecurityError"); } });`;
const noMethod = (of, name) => `Object.defineProperty(${of}, "${name}", { value: undefined });`;
const badMethod = (of, name) => `Object.defineProperty(${of}, "${name}", { value() { throw new Error("broken"); } });`;

/** Each breaks the browser before any script of the page runs. */
const BROKEN = {
  "sessionStorage is null": `Object.defineProperty(globalThis, "sessionStorage", { value: null });`,
  "sessionStorage is refused": throwing("sessionStorage"),
  "sessionStorage is full": badMethod("Storage.prototype", "setItem"),
  "sessionStorage holds nonsense": `sessionStorage.setItem("datelineCode", "{");`,
  "localStorage is null": `Object.defineProperty(globalThis, "localStorage", { value: null });`,
  "localStorage is refused": throwing("localStorage"),
  "fetch is missing": absent("fetch"),
  "fetch throws": badMethod("globalThis", "fetch"),
  "fetch is refused": `globalThis.fetch = () => Promise.reject(new DOMException("no", "SecurityError"));`,
  "answers cannot be read": badMethod("Response.prototype", "json"),
  "Intl is missing": absent("Intl"),
  "Intl knows no units": badMethod("Intl", "NumberFormat"),
  "dates cannot be written": badMethod("Date.prototype", "toLocaleTimeString"),
  "FormData is missing": absent("FormData"),
  "FormData throws": badMethod("globalThis", "FormData"),
  "history is missing": absent("history"),
  "history is refused": badMethod("History.prototype", "pushState"),
  "crypto is missing": absent("crypto"),
  "URL is missing": absent("URL"),
  "URL throws": badMethod("globalThis", "URL"),
  "BroadcastChannel is missing": absent("BroadcastChannel"),
  "DOMParser is missing": absent("DOMParser"),
  "JSON cannot be written": badMethod("JSON", "stringify"),
  "JSON cannot be read": badMethod("JSON", "parse"),
  "dialogs are unknown": noMethod("HTMLDialogElement.prototype", "showModal"),
  "cookies cannot be read": `Object.defineProperty(Document.prototype, "cookie", { get() { throw new Error("no"); } });`,
  "texts cannot be normalised": noMethod("String.prototype", "normalize"),
  "objects cannot be made of entries": noMethod("Object", "fromEntries"),
  "there is no clipboard": `Object.defineProperty(Navigator.prototype, "clipboard", { get() { throw new Error("no"); } });`,
  "observers are missing": absent("IntersectionObserver") + absent("MutationObserver") + absent("ResizeObserver"),
};

/** Whether the mail server has received all mail. */
const nothingWaits = () => desk.rows("SELECT count(*) FROM outbox WHERE kind <> 'none' AND state = 1")[0][0] === 0;

/** A reader who uses what is on the screen: the panel if it is open, else the page. */
async function somebody(broken) {
  const context = await desk.browser.newContext();
  await context.addInitScript(broken);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const within = (selector) =>
    page.locator(`dialog[open] ${selector}, body:not(:has(dialog[open])) main ${selector}`).first();
  const form = (action) => within(`form[action="/api/${action}"]`);
  return {
    context,
    page,
    form,
    link: (href) => within(`a[href="${href}"]`),
    /** Opens the account page from the header of a public page. */
    async openAccounts() {
      await page.locator(".masthead-account").click();
      await page.locator("dialog[open] h1, .on-account h1").first().waitFor();
    },
    showsOutcome: (name) => within(`.outcome[id="${name}"]`).waitFor({ state: "visible" }),
    async send(action, fields) {
      await form(action).waitFor();
      for (const [name, value] of Object.entries(fields)) await form(action).locator(`[name="${name}"]`).fill(value);
      await form(action).locator("button:not([type=button])").click();
    },
    async isSignedIn() {
      const answer = await context.request.get(`${desk.origin}/api/session`);
      return (await answer.json()).signed_in;
    },
  };
}

describe("a browser that lacks something", { concurrency: 4 }, () => {
  for (const [name, broken] of Object.entries(BROKEN)) {
    test(name, async () => {
      const email = `${name.replace(/\W+/g, ".")}@example.org`;
      // A form whose answer was not understood is submitted again, as without script: the latest code counts.
      const isSentTwice = name === "answers cannot be read";
      const allCame = () => until(nothingWaits, "mail still waits");
      const newest = async (before) => {
        await desk.mails.mail(email, { after: before });
        if (isSentTwice) await allCame();
        return codeIn(desk.mails.to(email).at(-1));
      };
      const reader = await somebody(broken);
      const { page } = reader;
      // Request the second only once the first one's mail has arrived: mails may overtake each other.
      if (isSentTwice) {
        await page.route(/\/api\/(register|reset)$/, async (route) => {
          if (route.request().isNavigationRequest()) await allCame();
          await route.continue();
        });
      }
      await page.goto(`${desk.origin}/en/`);
      await reader.openAccounts();
      await reader.link("/en/account/register/").click();
      await reader.send("register", { email, password: "short" });
      await reader.showsOutcome("password-too-short");
      await reader.send("register", { email, password: PASSWORD });
      await reader.send("verify", { code: "11111111" });
      await reader.showsOutcome("code-wrong");
      await reader.form("verify").waitFor();
      await reader.send("verify", { code: await newest(0) });
      await reader.form("newsletter").waitFor();
      assert.equal(await reader.isSignedIn(), true);
      const told = desk.mails.to(email).length;

      await reader.context.clearCookies();
      await page.goto(`${desk.origin}/en/`);
      await reader.openAccounts();
      await reader.link("/en/account/register/").click();
      await reader.form("register").waitFor();
      await reader.link("/en/account/login/").click();
      await reader.send("login", { email, password: "wrong" });
      await reader.showsOutcome("credentials-wrong");
      await reader.send("login", { email, password: PASSWORD });
      await reader.form("login").waitFor({ state: "detached" });
      assert.equal(await reader.isSignedIn(), true);

      // The pages on their own.
      await reader.context.clearCookies();
      await page.goto(`${desk.origin}/en/account/reset/`);
      await reader.send("reset", { email });
      await reader.form("reset/verify").waitFor();
      await reader.send("reset/verify", { code: await newest(told) });
      await reader.send("reset/password", { password: "Another-Horse-43!" });
      await reader.link("/api/return").waitFor();
      await reader.context.close();
    });
  }
});

test("a browser without cookies learns why it cannot log in", async () => {
  const reader = await somebody("");
  await reader.page.route("**/api/**", async (route) => {
    const headers = { ...route.request().headers() };
    delete headers.cookie;
    await route.continue({ headers });
  });
  await reader.page.goto(`${desk.origin}/en/account/register/`);
  await reader.send("register", { email: "no.cookies@example.org", password: PASSWORD });
  const code = await desk.code("no.cookies@example.org");
  await reader.form("verify").waitFor();
  await reader.context.clearCookies();
  await reader.send("verify", { code });
  await reader.showsOutcome("no-flow");
  await reader.context.close();
});

for (const lang of ["en", "fr", "ar"]) {
  test(`a code entered in another browser says where it belongs, in ${lang}`, async () => {
    const email = `elsewhere.${lang}@example.org`;
    for (const [n, [begins, call, fields]] of [
      ["register", "verify", { email, password: PASSWORD }],
      ["reset", "reset/verify", { email }],
    ].entries()) {
      const [here, there] = [await somebody(""), await somebody("")];
      await here.page.goto(`${desk.origin}/${lang}/account/${begins}/`);
      await here.send(begins, fields);
      const code = await desk.code(email, n);
      await here.form(call).waitFor();
      await there.page.goto(`${desk.origin}/${lang}/account/${call}/`);
      // The page says so before it is entered, too.
      assert.match(await there.page.locator("#_code-hint").innerText(), { en: /browser/, fr: /navigateur/, ar: /المتصفح/ }[lang]);
      await there.send(call, { code });
      await there.showsOutcome("no-flow");
      const told = await there.page.locator(".outcome#no-flow").innerText();
      assert.match(told, { en: /only in the browser/, fr: /que dans le navigateur/, ar: /خاص بالمتصفح/ }[lang]);
      // It works in its own browser.
      await here.send(call, { code });
      await here.form(call).waitFor({ state: "detached" });
      // One can also start again.
      await there.form(begins).waitFor();
      await here.context.close();
      await there.context.close();
    }
  });
}

test("a wrong clock does not affect countdowns", async () => {
  for (const [n, hours] of [-1, 0, 1, 30].entries()) {
    const context = await desk.browser.newContext();
    const page = await context.newPage();
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    await page.goto(`${desk.origin}/en/account/register/`);
    const email = `clock.${n}@example.org`;
    const form = (action) => page.locator(`form[action="/api/${action}"]`);
    await form("register").locator("[name=email]").fill(email);
    await form("register").locator("[name=password]").fill(PASSWORD);
    await form("register").locator("button:not([type=button])").click();
    await page.locator(".countdown").waitFor();
    const line = () => page.locator(".countdown").innerText();
    assert.match(await line(), /for another (30|29) minutes\. You can request a new one in (1:00|0:\d\d)\./);
    await page.clock.fastForward(61_000);
    await page.waitForFunction(() => !/new one/.test(document.querySelector(".countdown").textContent));
    assert.match(await line(), /for another 29 minutes\./);
    await context.close();
  }
});

test("codes and addresses may contain digits of any script, and invisible marks", async () => {
  for (const [n, zero] of [0x660, 0x6f0, 0xff10, 0x966].entries()) {
    const reader = await somebody("");
    const email = `digits.${n}@example.org`;
    await reader.page.goto(`${desk.origin}/ar/account/register/`);
    await reader.send("register", { email: `\u200f\u202a${email}\u202c\u200b`, password: PASSWORD });
    const digits = [...(await desk.code(email))].map((c) => String.fromCodePoint(zero + Number(c)));
    const field = reader.form("verify").locator("[name=code]");
    await field.fill(`\u2067${digits.slice(0, 4).join("\u00ad")}\u200f ${digits.slice(4).join("")}\u2069.`);
    assert.match(await field.inputValue(), /^\d{4} \d{4}$/);
    await reader.form("verify").locator("button").click();
    await reader.form("newsletter").waitFor();
    await reader.context.close();
  }
});

test("a wait of a day is shown in words", async () => {
  for (const [seconds, lang, words] of [
    [86_379, "en", "23 hours 60 minutes"],
    [86_340, "en", "23 hours 59 minutes"],
    [3_600, "en", "1 hour"],
    [240, "fr", "4 minutes"],
    [45, "en", "45 seconds"],
    [7_260, "ar", "ساعتان"],
  ]) {
    const reader = await somebody("");
    await reader.page.route("**/api/login", (route) =>
      route.fulfill({
        status: 429,
        headers: { "Content-Type": "application/problem+json" },
        body: JSON.stringify({ type: "urn:dateline:problem:too-many", retry_after: seconds, location: `/${lang}/account/login/#too-many` }),
      }),
    );
    await reader.page.goto(`${desk.origin}/${lang}/account/login/`);
    await reader.send("login", { email: "wait@example.org", password: "x" });
    await reader.showsOutcome("too-many");
    const told = await reader.page.locator(".outcome#too-many").innerText();
    assert.ok(words.includes("60") ? told.includes("24 hours") : told.includes(words), told);
    assert.doesNotMatch(told, /\d:\d\d/);
    await reader.context.close();
  }
});

test("password managers find the user name, the rules of a password, and where to change it", async () => {
  const reader = await somebody("");
  const { page } = reader;
  const email = "manager@example.org";
  await page.goto(`${desk.origin}/en/account/register/`);
  await reader.send("register", { email, password: PASSWORD });
  await reader.send("verify", { code: await desk.code(email) });
  await reader.form("newsletter").waitFor();
  await page.goto(`${desk.origin}/.well-known/change-password`);
  assert.equal(new URL(page.url()).pathname, "/en/account/password/");
  for (const step of ["register/", "login/", "password/", "address/", "delete/", "reset/new-password/"]) {
    await page.goto(`${desk.origin}/en/account/${step}`);
    const form = page.locator("form", { has: page.locator("[type=password]") }).first();
    const user = form.locator("[autocomplete=username]");
    assert.equal(await user.count(), 1, step);
    if (!(await user.getAttribute("name"))) {
      await page.waitForFunction((value) => document.querySelector("[autocomplete=username]:not([name])").value === value, email);
      assert.equal(await user.isVisible(), false);
    }
    for (const field of await form.locator("[autocomplete=new-password]").all()) {
      assert.match(await field.getAttribute("passwordrules"), /^minlength: 12; maxlength: 128; required: upper;/);
    }
  }
  await page.goto(`${desk.origin}/en/account/password/`);
  await reader.send("account/password", { current: PASSWORD, password: "Another-Horse-43!" });
  await page.waitForURL("**/api/account#password-changed");
  await reader.context.close();
});
