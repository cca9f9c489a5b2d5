// Protects changing one's address, with and without script: the code to the new address, the notice to the old one,
// and undoing the change, which logs out whoever took over the account.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { PASSWORD } from "./lib/accounts.mjs";
import { newsdesk } from "./lib/newsdesk.mjs";
import { Reader } from "./lib/reader.mjs";

const OTHER = "Another-Horse-43!";

let desk;
before(async () => {
  desk = await newsdesk("address");
});
after(() => desk?.close());

/** A reader with an account, on one of their account pages. */
async function owner(email, options) {
  const reader = await Reader.open(desk.browser, desk.origin, options);
  await reader.openDirectly("register/");
  await reader.send("register", { email, password: PASSWORD });
  await reader.page.waitForURL("**/verify/");
  await reader.send("verify", { code: await desk.code(email) });
  await reader.page.waitForURL("**/welcome/");
  return reader;
}

const undoCodeIn = (mail) => /^[0-9A-Z]{4}(-[0-9A-Z]{4}){5}$/m.exec(mail.text)?.[0];

async function noViolations(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
}

for (const script of [true, false]) {
  describe(script ? "with script" : "without script", () => {
    test("an address is changed, and the change undone from the old mailbox", async () => {
      const name = script ? "script" : "plain";
      const [old, fresh, taken] = ["old", "new", "taken"].map((what) => `${what}.${name}@example.org`);
      await (await owner(taken, { script })).close();
      const reader = await owner(old, { script });
      const { page } = reader;
      await page.goto(`${desk.origin}/api/account`);
      await reader.follow("address/");
      await page.waitForURL("**/account/address/");
      if (script) await noViolations(page);

      await reader.send("account/address", { email: old, password: PASSWORD });
      await page.locator("#address-same").waitFor({ state: "visible" });
      await reader.send("account/address", { email: fresh, password: OTHER });
      await page.locator("#credentials-wrong").waitFor({ state: "visible" });
      // Someone else's address: the page is the same, the mail differs.
      await reader.send("account/address", { email: taken, password: PASSWORD });
      await page.waitForURL("**/address/verify/");
      const told = await desk.mails.mail(taken, { after: 1 });
      assert.match(told.headers.get("subject"), /wanted to move an account/);

      await reader.openDirectly("address/");
      await reader.send("account/address", { email: fresh, password: PASSWORD });
      await page.waitForURL("**/address/verify/");
      if (script) await noViolations(page);
      const code = await desk.code(fresh);
      await reader.send("account/address/verify", { code: code === "0000 0000" ? "1111 1111" : "0000 0000" });
      await page.locator("#code-wrong").waitFor({ state: "visible" });
      await reader.send("account/address/verify", { code });
      await page.waitForURL("**/api/account#address-changed");
      await page.locator("#address-changed").waitFor({ state: "visible" });
      assert.match(await page.locator("main").innerText(), new RegExp(fresh.replace(".", "\\.")));

      const notice = await desk.mails.mail(old, { after: 1 });
      assert.ok(!notice.text.includes(fresh));
      const undo = undoCodeIn(notice);
      assert.ok(undo, notice.text);
      assert.match(notice.text, /\/en\/account\/address\/undo\//);

      // Meanwhile nobody else can take the old address, and the account cannot be deleted.
      await reader.openDirectly("delete/");
      await reader.send("account/delete", { password: PASSWORD });
      await page.locator("#address-recent").waitFor({ state: "visible" });

      const other = await Reader.open(desk.browser, desk.origin, { script });
      await other.openDirectly("address/undo/");
      if (script) await noViolations(other.page);
      await other.send("account/address/undo", { code: "0000" });
      await other.page.locator("#undo-invalid").waitFor({ state: "visible" });
      await other.send("account/address/undo", { code: ` ${undo.toLowerCase().replaceAll("-", " ")} ` });
      await other.page.waitForURL("**/reset/new-password/");
      assert.equal(await reader.isSignedIn(), false);
      await other.send("reset/password", { password: OTHER });
      await other.page.waitForURL("**/reset/done/");
      await other.openDirectly("login/");
      await other.send("login", { email: fresh, password: PASSWORD });
      await other.page.locator("#credentials-wrong").waitFor({ state: "visible" });
      await other.send("login", { email: old, password: OTHER });
      await other.page.waitForURL((url) => !url.pathname.includes("/login/"));
      assert.equal(await other.isSignedIn(), true);
      for (const { page } of [reader, other]) assert.doesNotMatch(page.url(), /@|\?/);
      await reader.close();
      await other.close();
    });
  });
}

test("it fits a phone in Arabic, and accepts the digits of an Arabic keyboard", async () => {
  const reader = await Reader.open(desk.browser, desk.origin, { lang: "ar", viewport: { width: 360, height: 740 }, hasTouch: true });
  const email = "panel.address@example.org";
  await reader.goto("/ar/");
  await reader.register(email, PASSWORD);
  await reader.send("verify", { code: await desk.code(email) });
  await reader.shows("newsletter");
  await reader.openDirectly("address/");
  await reader.send("account/address", { email: "panel.new@example.org", password: PASSWORD });
  await reader.page.waitForURL("**/ar/account/address/verify/");
  // In the digits of an Arabic keyboard.
  const code = await desk.code("panel.new@example.org");
  const typed = code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  await reader.send("account/address/verify", { code: typed });
  await reader.page.waitForURL("**/api/account#address-changed");
  const notice = await desk.mails.mail(email, { after: 1 });
  assert.equal(notice.headers.get("content-language"), "ar");
  const wide = await reader.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} pixels`);
  await reader.close();
});
