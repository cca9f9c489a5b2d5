// Protects account pages as static files: every outcome that a form can lead to is on the page, hidden until it is the
// target; then it is shown in a box that has the focus, and beside the field, without script too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { fragmentGetsFocus, launch, watched } from "./lib/browser.mjs";
import { attribute, fullest, KINDS, pages } from "./lib/pages.mjs";
import { serveSite } from "./lib/server.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveSite()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const all = pages().filter((page) => page.type === "account");
const outcomesOf = (page) =>
  page.elements
    .filter((e) => /\boutcome\b/.test(attribute(e, "class") ?? ""))
    .map((e) => attribute(e, "id"));

/** The id of the field, or of the errors above a button, beside which a problem is shown; none for most. */
function beside(page, name) {
  if (name === "email-invalid") return ["_email"];
  if (/^code-(wrong|spent|expired)$/.test(name)) return ["_code"];
  if (/^code-(wait|limit)$/.test(name)) return ["_resend-errors"];
  if (name === "credentials-wrong") return [page.ids.has("_current") ? "_current" : "_password"];
  return name.startsWith("password-") && name !== "password-changed" ? ["_password"] : [];
}

/** The visible outcomes and errors, and what has the focus. */
const seen = () => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  return {
    outcomes: [...document.querySelectorAll(".outcome")].filter(shown).map((e) => e.id),
    errors: [...document.querySelectorAll(".field-error")]
      .filter(shown)
      .map((e) => e.closest(".field")?.querySelector("input").id ?? e.parentElement.id),
    focus: document.activeElement.id,
  };
};

test("every account page exists in every language", () => {
  const kinds = Object.keys(KINDS).filter((kind) => kind.startsWith("account"));
  assert.equal(kinds.length, 15);
  for (const kind of kinds) for (const lang of ["en", "fr", "ar"]) assert.ok(fullest(kind, lang), `${kind} ${lang}`);
});

for (const javaScriptEnabled of [true, false]) {
  test(`an outcome is shown in a box and beside its field, ${javaScriptEnabled ? "with" : "without"} script`, async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, javaScriptEnabled });
    const page = await watched(context);
    let told = 0;
    for (const sample of all.filter((p) => p.lang === "en")) {
      await page.goto("about:blank");
      await page.goto(server.origin + sample.address);
      const still = await page.evaluate(seen);
      assert.deepEqual([still.outcomes, still.errors], [[], []], sample.address);
      for (const name of outcomesOf(sample)) {
        await page.goto("about:blank");
        await page.goto(`${server.origin}${sample.address}#${name}`);
        await fragmentGetsFocus(page, name);
        const now = await page.evaluate(seen);
        const wanted = { outcomes: [name], errors: beside(sample, name), focus: name };
        assert.deepEqual(now, wanted, `${sample.address}#${name}`);
        told++;
      }
    }
    assert.ok(told > 80, `${told} only`);
    assert.deepEqual(page.faults, []);
    await context.close();
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds no fault with an outcome that is shown, ${colorScheme}`, async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme });
    const page = await watched(context);
    const found = [];
    for (const [kind, name] of [
      ["account register", "password-needs-upper"],
      ["account verify", "code-wrong"],
      ["account login", "credentials-wrong"],
      ["account verify", "code-sent"],
    ]) {
      for (const lang of ["en", "ar"]) {
        await page.goto("about:blank");
        await page.goto(`${server.origin}${fullest(kind, lang).address}#${name}`);
        await fragmentGetsFocus(page, name);
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        found.push(...violations.flatMap(({ id, nodes }) => nodes.map((n) => `${kind} ${id}: ${n.html.slice(0, 120)}`)));
      }
    }
    await context.close();
    assert.deepEqual(found, []);
  });
}

test("forms state their action and language, and nothing about the former page", () => {
  let forms = 0;
  for (const page of all) {
    const inputs = page.elements.filter((e) => e.tagName === "input");
    for (const input of inputs) {
      if (attribute(input, "type") === "hidden") continue;
      assert.ok(attribute(input, "autocomplete"), `${page.address} ${attribute(input, "name")}`);
      // A code with letters is written in capitals, as in its mail.
      const capitals = attribute(input, "name") === "code" && attribute(input, "inputmode") !== "numeric";
      assert.equal(attribute(input, "autocapitalize"), capitals ? "characters" : "none", page.address);
      assert.equal(attribute(input, "spellcheck"), "false");
      const label = page.elements.find((e) => e.tagName === "label" && attribute(e, "for") === attribute(input, "id"));
      assert.ok(label, `${page.address}: no label`);
      assert.equal(attribute(input, "checked"), null);
    }
    const own = page.elements.filter((e) => e.tagName === "form");
    for (const form of own) {
      assert.equal(attribute(form, "method"), "post");
      assert.match(attribute(form, "action"), /^\/api\//);
      forms++;
    }
    const names = inputs.map((e) => attribute(e, "name"));
    assert.equal(names.filter((n) => n === "lang").length, own.length, page.address);
    assert.ok(!names.includes("return_to"), page.address);
  }
  assert.ok(forms >= 30, `${forms} only`);
});

test("account pages load nothing from elsewhere and lead nowhere else", () => {
  for (const page of all) {
    for (const element of page.elements) {
      for (const name of ["href", "src", "action"]) {
        const value = attribute(element, name);
        if (value === null || element.tagName === "link") continue;
        assert.match(value, /^(\/(?!\/)|#|mailto:|tel:)/, `${page.address}: ${value}`);
      }
    }
  }
});

test("files that need an account say so, and a login page is never saved as the file", () => {
  const page = fullest("video", "en");
  const gated = page.elements.filter((e) => attribute(e, "rel") === "nofollow" && attribute(e, "href")?.startsWith("/api/media/"));
  assert.ok(gated.length > 0);
  for (const link of gated) assert.equal(attribute(link, "download"), null);
  for (const link of gated) {
    const [, name] = /^\/api\/media\/[^/]+\/([^/?]+)/.exec(attribute(link, "href"));
    assert.ok(page.ids.has(`rendition-${name}`), name);
  }
});
