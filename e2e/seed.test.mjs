// Protects the required account flow: rows S1 to S10, each with script in the panel and without it on account pages.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PASSWORD } from "./lib/accounts.mjs";
import { newsdesk } from "./lib/newsdesk.mjs";
import { Reader } from "./lib/reader.mjs";

const VIDEO = "/en/video/lisbon-doorstep/";
const GATED = "a[href^='/api/media/lisbon-doorstep/broadcast']";
const NEW_PASSWORD = "Another-Horse-43!";

let desk;
before(async () => {
  desk = await newsdesk("seed");
});
after(() => desk?.close());

const wrong = (code) => code.replace(/^./, (digit) => (Number(digit) + 1) % 10);
const spaced = (code) => `${code.slice(0, 4)} ${code.slice(4)}`;

for (const script of [true, false]) {
  const mode = script ? "with script" : "without script";
  const email = (row) => `${row.toLowerCase()}.${script ? "panel" : "pages"}@example.org`;

  describe(mode, { concurrency: true }, () => {
    /** One row, in its own browser. */
    const row = (name, about, run) =>
      test(`${name} ${mode}: ${about}`, async () => {
        // Without motion, so that scrolling is immediate.
        const reader = await Reader.open(desk.browser, desk.origin, { script, reducedMotion: "reduce" });
        reader.email = email(name);
        if (script) await reader.page.clock.install();
        try {
          await run(reader, reader.page);
          // Refusals are expected; a browser logs those to a script.
          const faults = reader.page.faults.filter((fault) => !/\b4\d\d\b/.test(fault));
          assert.deepEqual(faults, []);
        } finally {
          await reader.close();
        }
      });
    /** Registers, and enters the code. */
    const becomeUser = async (reader) => {
      await reader.register(reader.email, PASSWORD);
      await reader.send("verify", { code: await desk.code(reader.email) });
      await reader.shows("newsletter");
    };
    const logOut = async (reader) => {
      await reader.context.request.post(`${desk.origin}/api/logout`, { data: {} });
    };
    /** Lets a second pass for the script and the sidecar. */
    const minutePasses = async (reader) => {
      desk.makeOlder(reader.email, 60);
      if (script) await reader.page.clock.fastForward(61_000);
    };

    row("S1", "every page opens the account, and a gated file says so before the click", async (reader, page) => {
      for (const address of ["/en/", "/en/news/2025/01/27/visit-to-lisbon-and-madrid/", VIDEO, "/en/news/", "/en/404.html"]) {
        await reader.goto(address);
        await reader.openAccount();
        await reader.place.locator(`a[href="${reader.path("register/")}"]`).first().waitFor();
      }
      await reader.goto(VIDEO);
      const said = page.locator("#rendition-broadcast");
      assert.match(await said.innerText(), /free account/i);
      await page.locator(GATED).first().click();
      await reader.shows("login");
    });

    row("S2", "an account takes an address and a password, and asks nothing else", async (reader) => {
      await reader.goto("/en/");
      await reader.openAccount();
      await reader.follow("register/");
      await reader.shows("register");
      const fields = reader.form("register").locator("input:not([type=hidden])");
      assert.deepEqual(await fields.evaluateAll((all) => all.map((e) => e.name)), ["email", "password"]);
      // Longer than any mailbox name, though a browser accepts it.
      await reader.send("register", { email: `${"a".repeat(70)}@example.org`, password: PASSWORD });
      assert.equal((await reader.showsOutcome("email-invalid")).length, 1);
      await reader.fill("register", { email: reader.email, password: PASSWORD });
      await reader.send("register");
      await reader.shows("verify");
      assert.equal(await reader.isSignedIn(), false);
    });

    row("S3", "a code of eight digits comes by mail, is good for half an hour, and once", async (reader) => {
      await reader.goto("/en/");
      await reader.register(reader.email, PASSWORD);
      const code = await desk.code(reader.email);
      assert.match(code, /^\d{8}$/);
      assert.match(await reader.place.innerText(), /30 minutes/);
      await reader.send("verify", { code: wrong(code) });
      assert.equal((await reader.showsOutcome("code-wrong")).length, 1);
      if (script) assert.match(await reader.place.locator(".told").first().innerText(), /left: 4/);
      await reader.send("verify", { code: spaced(code) });
      await reader.shows("newsletter");
      assert.equal(await reader.isSignedIn(), true);
      await reader.openDirectly("verify/");
      await reader.send("verify", { code });
      if (script) {
        await reader.showsOutcome("code-used");
        await reader.shows("login");
      } else {
        await reader.shows("newsletter");
      }
    });

    row("S4", "a new code replaces the old one, after a wait that is shown", async (reader) => {
      await reader.goto("/en/");
      await reader.register(reader.email, PASSWORD);
      const old = await desk.code(reader.email);
      const again = reader.form("code").locator("button");
      if (script) {
        await reader.place.locator(".countdown", { hasText: /in (1:00|0:\d\d)/ }).waitFor();
        assert.equal(await again.getAttribute("aria-disabled"), "true");
      } else {
        await reader.send("code");
        await reader.showsOutcome("code-wait");
      }
      await minutePasses(reader);
      await reader.send("code");
      await reader.showsOutcome("code-sent");
      const code = await desk.code(reader.email, 1);
      await reader.send("verify", { code: old });
      await reader.showsOutcome("code-wrong");
      desk.makeOlder(reader.email, 1800);
      await reader.send("verify", { code });
      await reader.showsOutcome("code-expired");
    });

    row("S5", "verified is logged in, and the video one came for is there", async (reader, page) => {
      await reader.goto(VIDEO);
      await page.locator(GATED).first().click();
      await reader.shows("login");
      const at = await page.evaluate(() => scrollY);
      await reader.follow("register/");
      await reader.send("register", { email: reader.email, password: PASSWORD });
      await reader.send("verify", { code: await desk.code(reader.email) });
      await reader.shows("newsletter");
      assert.equal(await reader.isSignedIn(), true);
      let download = page.waitForEvent("download");
      await reader.back();
      if (!script) {
        await page.waitForURL(`**${VIDEO}#rendition-broadcast`);
        await page.locator("#rendition-broadcast:target").waitFor();
        download = page.waitForEvent("download");
        await page.locator(GATED).first().click();
      }
      const file = await download;
      assert.equal(await file.failure(), null);
      assert.equal(file.suggestedFilename(), "lisbon-doorstep-1080p25.mov");
      if (script) {
        assert.equal(new URL(page.url()).pathname, VIDEO);
        assert.ok(at > 0);
        assert.equal(await page.evaluate(() => scrollY), at, "the place on the page is kept");
      }
    });

    row("S6", "the newsletter is a click of its own, kept with its words", async (reader) => {
      await reader.goto("/en/");
      await becomeUser(reader);
      const subscribed = () => desk.rows("SELECT subscribed FROM accounts WHERE email = ?", reader.email);
      assert.deepEqual(subscribed(), [[0]]);
      await reader.send("newsletter");
      await reader.showsOutcome("newsletter-on");
      assert.deepEqual(subscribed(), [[1]]);
      const words = desk.rows(
        "SELECT text FROM consents c JOIN accounts a ON a.id = c.account WHERE a.email = ?",
        reader.email,
      );
      assert.match(words[0][0], /newsletter/);
    });

    row("S7", "a reset answers the same whether or not the address is known", async (reader) => {
      await reader.goto("/en/");
      await becomeUser(reader);
      await logOut(reader);
      const texts = [];
      for (const address of [reader.email, `nobody.${reader.email}`]) {
        await reader.goto("/en/");
        await reader.openAccount();
        await reader.openDirectly("login/");
        await reader.follow("reset/");
        await reader.send("reset", { email: address });
        await reader.shows("reset/verify");
        if (script) await reader.place.locator(".countdown").waitFor();
        texts.push((await reader.place.innerText()).replace(/\d\d:\d\d|\d:\d\d|\d+ minutes/g, "TIME"));
      }
      assert.equal(texts[0], texts[1]);
      assert.deepEqual(desk.mails.to(`nobody.${reader.email}`), []);
    });

    row("S8", "a reset's code is like a registration's", async (reader) => {
      await reader.goto("/en/");
      await becomeUser(reader);
      await logOut(reader);
      await reader.goto("/en/");
      await reader.openAccount();
      await reader.openDirectly("reset/");
      await reader.send("reset", { email: reader.email });
      const old = await desk.code(reader.email, 1);
      await reader.shows("reset/verify");
      await reader.send("reset/verify", { code: wrong(old) });
      await reader.showsOutcome("code-wrong");
      await minutePasses(reader);
      await reader.send("code");
      await reader.showsOutcome("code-sent");
      const code = await desk.code(reader.email, 2);
      await reader.send("reset/verify", { code: old });
      await reader.showsOutcome("code-wrong");
      await reader.send("reset/verify", { code: spaced(code) });
      await reader.shows("reset/password");
    });

    row("S9", "each rule that a password does not keep is named", async (reader) => {
      await reader.goto("/en/");
      await reader.openAccount();
      await reader.follow("register/");
      await reader.shows("register");
      const rules = reader.place.locator("[data-rule]");
      assert.equal(await rules.count(), 7);
      for (const [password, name] of [
        ["Short-1!", "password-too-short"],
        ["Correct Horse 42!", "password-has-space"],
        ["correct-horse-42!", "password-needs-upper"],
        ["CORRECT-HORSE-42!", "password-needs-lower"],
        ["Correct-Horse-One!", "password-needs-number"],
        ["CorrectHorse42", "password-needs-symbol"],
      ]) {
        await reader.fill("register", { email: reader.email, password });
        if (script) {
          const unmet = reader.place.locator("[data-rule]:not(.met)");
          assert.deepEqual(await unmet.evaluateAll((all) => all.map((e) => e.dataset.rule)), [name]);
        }
        await reader.send("register");
        // A script gets all problems at once, a page the first.
        const errors = await reader.showsOutcome(name);
        assert.ok(script ? errors.length > 0 : errors.length === 1, `${errors}`);
      }
      await reader.send("register", { email: reader.email, password: "Password-1234!" });
      await reader.showsOutcome("password-common");
    });

    row("S10", "a new password ends other sessions, and leads back to where one was", async (reader, page) => {
      await reader.goto("/en/");
      await becomeUser(reader);
      const other = await Reader.open(desk.browser, desk.origin, { script });
      await other.openDirectly("login/");
      await other.send("login", { email: reader.email, password: PASSWORD });
      await other.page.waitForURL(`${desk.origin}/en/`);
      await logOut(reader);

      await reader.goto(VIDEO);
      await page.locator(GATED).first().click();
      await reader.follow("reset/");
      await reader.send("reset", { email: reader.email });
      await reader.send("reset/verify", { code: await desk.code(reader.email, 1) });
      await reader.send("reset/password", { password: NEW_PASSWORD });
      await reader.place.locator("a[href='/api/return']").waitFor();
      assert.equal(await other.isSignedIn(), false);
      await other.close();
      await reader.back();
      await reader.shows("login");
      await reader.send("login", { email: reader.email, password: PASSWORD });
      await reader.showsOutcome("credentials-wrong");
      const download = script ? page.waitForEvent("download") : null;
      await reader.send("login", { email: reader.email, password: NEW_PASSWORD });
      if (script) assert.equal(await (await download).failure(), null);
      else await page.waitForURL(`**${VIDEO}#rendition-broadcast`);
      assert.equal(await reader.isSignedIn(), true);
      assert.equal(new URL(page.url()).pathname, VIDEO);
    });
  });
}
