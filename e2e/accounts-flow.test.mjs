// Protects the whole account flow: a browser without script completes it with pages and mails alone, and each step
// reports its outcome where readers look for it.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { PASSWORD, sidecar, UNLIMITED } from "./lib/accounts.mjs";
import { fragmentGetsFocus, launch, watched } from "./lib/browser.mjs";
import { sql } from "./lib/database.mjs";
import { codeIn, mailServer } from "./lib/mail-server.mjs";
import { build, freePort, temporary } from "./lib/newsroom.mjs";

const CHANGED = "Another-Horse-43!";
const LAST = "Third-Horse-44-Now!";

let browser;
let mails;
let program;
let origin;
before(async () => {
  const port = await freePort();
  const built = temporary("flow");
  origin = `http://localhost:${port}`;
  build(built, { args: ["--base-url", origin] });
  [browser, mails] = await Promise.all([launch(), mailServer()]);
  const site = path.join(built, "site");
  program = await sidecar({ port, built, site, mail: `smtp://127.0.0.1:${mails.port}?tls=none`, env: UNLIMITED });
});
after(async () => {
  await browser?.close();
  await program?.stop();
  await mails?.close();
});

/** A browser without script, and every address that it requested. */
async function reader() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await watched(context);
  page.visited = [];
  page.on("request", (request) => page.visited.push(request.url()));
  return page;
}

const seen = () => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  return {
    outcomes: [...document.querySelectorAll(".outcome")].filter(shown).map((e) => e.id),
    errors: [...document.querySelectorAll(".field-error")].filter(shown).map((e) => e.parentElement.id),
    target: document.querySelector(":target")?.id ?? null,
    focus: document.activeElement.id,
    lang: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
  };
};

/** Checks that the reader is at this path and fragment, and that its box has the focus and its field shows the error. */
async function at(page, address, beside = null) {
  const url = new URL(page.url());
  assert.equal(url.pathname + url.hash, address);
  const fragment = url.hash.slice(1);
  if (fragment) await fragmentGetsFocus(page, fragment);
  const now = await page.evaluate(seen);
  assert.deepEqual([now.outcomes, now.target, now.focus], fragment ? [[fragment], fragment, fragment] : [[], null, ""], address);
  assert.deepEqual(now.errors, beside ? [`_${beside}-errors`] : [], address);
  assert.equal(now.headings, 1, address);
}

/** Clicks a link or button, and waits until the next page is loaded. */
const press = (page, what) => Promise.all([page.waitForEvent("load"), what.click()]);
const form = (page, action) => page.locator(`form[action="/api/${action}"]`).first();
/** Fills in a form and submits it. */
async function send(page, action, fields = {}) {
  const within = form(page, action);
  for (const [name, value] of Object.entries(fields)) await within.locator(`[name="${name}"]`).fill(value);
  await press(page, within.locator("button"));
}

const follow = (page, href) => press(page, page.locator(`main a[href="${href}"]`).first());
async function signedIn(page) {
  const answer = await page.context().request.get(`${origin}/api/session`);
  return (await answer.json()).signed_in;
}

/** Makes the steps of this address this many seconds older, and their codes too if asked. */
function makeOlder(email, { sent = 0, ends = 0, used = 0 }) {
  sql(
    program.database,
    `UPDATE flows SET code_sent_at = code_sent_at - ?, code_expires_at = code_expires_at - ?,
      code_used_at = code_used_at - ? WHERE email = ?`,
    sent * 1000,
    ends * 1000,
    used * 1000,
    email,
  );
}

const wrong = (code) => code.replace(/^./, (digit) => (Number(digit) + 1) % 10);

describe("from registration to deletion", { concurrency: true }, () => {
  for (const lang of ["en", "fr"]) describe(`in ${lang}`, { concurrency: 1 }, () => goesThrough(lang));
});

function goesThrough(lang) {
  const email = `reader.${lang}@example.org`;
  const home = `/${lang}/`;
  const account = `/${lang}/account/`;
  let page;
  let other;
  let code;
  let told = 0;
  /** The next mail; checks that it is in the reader's language. */
  const mail = async () => {
    const next = await mails.mail(email, { after: told++ });
    assert.equal(next.headers.get("content-language"), lang);
    return next;
  };

  before(async () => {
    [page, other] = [await reader(), await reader()];
  });
  after(async () => {
    await page?.context().close();
    await other?.context().close();
  });

  test("registering: an unacceptable password, then a code by mail", async () => {
    await page.goto(origin + account);
    await follow(page, `${account}register/`);
    await at(page, `${account}register/`);
    for (const [password, problem] of [
      ["Short-1!", "password-too-short"],
      ["Correct Horse 42!", "password-has-space"],
      ["correct-horse-42!", "password-needs-upper"],
    ]) {
      await send(page, "register", { email, password });
      await at(page, `${account}register/#${problem}`, "password");
    }
    await send(page, "register", { email, password: PASSWORD });
    await at(page, `${account}verify/`);
    code = codeIn(await mail());
  });

  test("codes: wrong, requested too soon, replaced, expired, right", async () => {
    await send(page, "verify", { code: wrong(code) });
    await at(page, `${account}verify/#code-wrong`, "code");
    await send(page, "verify", { code: "1234" });
    await at(page, `${account}verify/#code-wrong`, "code");
    await send(page, "code");
    await at(page, `${account}verify/#code-wait`, "resend");

    makeOlder(email, { sent: 60 });
    await send(page, "code");
    await at(page, `${account}verify/#code-sent`);
    const old = code;
    code = codeIn(await mail());
    assert.notEqual(code, old);
    await send(page, "verify", { code: old });
    await at(page, `${account}verify/#code-wrong`, "code");

    makeOlder(email, { sent: 1800, ends: 1800 });
    await send(page, "verify", { code });
    await at(page, `${account}verify/#code-expired`, "code");
    await send(page, "code");
    code = codeIn(await mail());
    // Written as in the mail.
    await send(page, "verify", { code: `${code.slice(0, 4)} ${code.slice(4)}` });
    await at(page, `${account}welcome/`);
    assert.ok(await signedIn(page));
  });

  test("subscribing to the newsletter takes its own click, then one returns to the former page", async () => {
    await send(page, "newsletter");
    await at(page, `${account}welcome/#newsletter-on`);
    await follow(page, "/api/return");
    assert.equal(page.url(), origin + home);
  });

  test("the account page shows the stored data, and unsubscribes from the newsletter", async () => {
    await page.goto(`${origin}/api/account`);
    await at(page, "/api/account");
    const text = await page.locator("main").innerText();
    assert.ok(text.includes(email), text);
    assert.match(text, /\d{4}-\d\d-\d\d \d\d:\d\d UTC\+0[12]:00/);
    assert.doesNotMatch(text, /\{\{|\}\}/);
    assert.equal(await page.locator("html").getAttribute("lang"), lang);
    assert.equal(await page.locator("tbody tr").count(), 1);
    assert.match(await page.locator("tbody tr").innerText(), /Chrom/);
    assert.equal(await form(page, "newsletter").locator("[name=subscribed]").getAttribute("value"), "false");
    await send(page, "newsletter");
    assert.equal(new URL(page.url()).hash, "#newsletter-off");
    await page.goto(`${origin}/api/account`);
    assert.equal(await form(page, "newsletter").locator("[name=subscribed]").getAttribute("value"), "true");
  });

  test("a used code leads to the next step, and logs nobody in", async () => {
    await page.goto(`${origin}${account}verify/`);
    await send(page, "verify", { code });
    await at(page, `${account}welcome/`);
    makeOlder(email, { used: 60 });
    await page.goto(`${origin}/api/account`);
    await send(page, "logout");
    await page.goto(`${origin}${account}verify/`);
    await send(page, "verify", { code });
    await at(page, `${account}login/#code-used`);
    assert.ok(!(await signedIn(page)));
    await send(page, "login", { email, password: PASSWORD });
  });

  test("logging out and in", async () => {
    await page.goto(`${origin}/api/account`);
    await send(page, "logout");
    await at(page, home);
    assert.ok(!(await signedIn(page)));
    await page.goto(`${origin}/api/account`);
    assert.equal(new URL(page.url()).hash, "#signed-out");

    await page.goto(`${origin}${account}login/`);
    await send(page, "login", { email, password: CHANGED });
    await at(page, `${account}login/#credentials-wrong`, "password");
    // Another spelling of the same address.
    await send(page, "login", { email: email.toUpperCase(), password: PASSWORD });
    await at(page, home);
    assert.ok(await signedIn(page));
  });

  test("resetting the password ends all other sessions", async () => {
    await other.goto(`${origin}${account}login/`);
    await send(other, "login", { email, password: PASSWORD });
    await at(other, home);
    await page.goto(`${origin}/api/account`);
    assert.equal(await page.locator("tbody tr").count(), 2);
    await send(page, "logout");

    await page.goto(`${origin}${account}login/`);
    await follow(page, `${account}reset/`);
    await send(page, "reset", { email });
    await at(page, `${account}reset/verify/`);
    const first = codeIn(await mail());
    await send(page, "reset/verify", { code: wrong(first) });
    await at(page, `${account}reset/verify/#code-wrong`, "code");
    await send(page, "code");
    await at(page, `${account}reset/verify/#code-wait`, "resend");
    makeOlder(email, { sent: 60 });
    await send(page, "code");
    await at(page, `${account}reset/verify/#code-sent`);
    code = codeIn(await mail());
    await send(page, "reset/verify", { code });
    await at(page, `${account}reset/new-password/`);
    await send(page, "reset/password", { password: "another-horse-43!" });
    await at(page, `${account}reset/new-password/#password-needs-upper`, "password");
    await send(page, "reset/password", { password: CHANGED });
    await at(page, `${account}reset/done/`);
    assert.ok(!(await signedIn(page)));
    const changed = await mail();
    assert.equal(codeIn(changed), null);

    await follow(page, "/api/return");
    await at(page, `${account}login/`);
    await send(page, "login", { email, password: PASSWORD });
    await at(page, `${account}login/#credentials-wrong`, "password");
    await send(page, "login", { email, password: CHANGED });
    await at(page, home);
    await other.goto(`${origin}/api/account`);
    assert.equal(new URL(other.url()).hash, "#signed-out");
  });

  test("changing the password keeps this session and ends the others", async () => {
    await other.goto(`${origin}${account}login/`);
    await send(other, "login", { email, password: CHANGED });
    await page.goto(`${origin}/api/account`);
    await follow(page, `${account}password/`);
    await send(page, "account/password", { current: PASSWORD, password: LAST });
    await at(page, `${account}password/#credentials-wrong`, "current");
    await send(page, "account/password", { current: CHANGED, password: LAST });
    await at(page, "/api/account#password-changed");
    await mail();
    assert.equal(await page.locator("tbody tr").count(), 1);
    assert.ok(!(await signedIn(other)));
  });

  test("logging out one other device, then all", async () => {
    for (const all of [false, true]) {
      await other.goto(`${origin}${account}login/`);
      await send(other, "login", { email, password: LAST });
      await page.goto(`${origin}/api/account`);
      assert.equal(await page.locator("tbody tr").count(), 2);
      const revoking = page.locator('form[action$="sessions/revoke"]');
      await press(page, revoking.filter({ has: page.locator(all ? '[name="all"]' : '[name="id"]') }).locator("button"));
      assert.equal(await page.locator("tbody tr").count(), 1);
      assert.ok(!(await signedIn(other)));
    }
  });

  test("deleting the account: a final mail, and nobody can log in", async () => {
    await page.goto(`${origin}/api/account`);
    await follow(page, `${account}delete/`);
    await send(page, "account/delete", { password: PASSWORD });
    await at(page, `${account}delete/#credentials-wrong`, "password");
    await send(page, "account/delete", { password: LAST });
    await at(page, `${account}deleted/`);
    assert.equal(codeIn(await mail()), null);
    await page.goto(`${origin}${account}login/`);
    await send(page, "login", { email, password: LAST });
    await at(page, `${account}login/#credentials-wrong`, "password");
  });

  test("a step without the one before leads to the first one", async () => {
    const stranger = await reader();
    for (const [step, call, beginning] of [
      ["verify/", "verify", "register/"],
      ["reset/verify/", "reset/verify", "reset/"],
      ["verify/", "code", "register/"],
      ["reset/verify/", "code", "reset/"],
      ["reset/new-password/", "reset/password", "reset/"],
    ]) {
      await stranger.goto(`${origin}${account}${step}`);
      const fields = call === "code" ? {} : call.endsWith("verify") ? { code } : { password: PASSWORD };
      await send(stranger, call, fields);
      await at(stranger, `${account}${beginning}#no-flow`);
    }
    assert.deepEqual(stranger.faults, []);
    await stranger.context().close();
  });

  test("an address without an account gets no mail, and the page does not reveal it", async () => {
    const stranger = await reader();
    await stranger.goto(`${origin}${account}reset/`);
    await send(stranger, "reset", { email: `nobody.${lang}@example.org` });
    await at(stranger, `${account}reset/verify/`);
    await send(stranger, "reset/verify", { code });
    await at(stranger, `${account}reset/verify/#code-wrong`, "code");
    assert.deepEqual(mails.to(`nobody.${lang}@example.org`), []);
    await stranger.context().close();
  });

  test("no URL contained an address, code or password, and no page had an error", () => {
    for (const { visited, faults } of [page, other]) {
      assert.deepEqual(faults, []);
      assert.ok(visited.length > 10);
      // Fingerprints of files may contain eight digits in a row.
      for (const url of visited.map((url) => url.replace(/\.[0-9a-f]{10}\./, "."))) assert.doesNotMatch(url, /@|%40|reader\.|horse|\d{4} ?\d{4}|\?/i);
    }
    assert.equal(told, mails.to(email).length);
  });
}
