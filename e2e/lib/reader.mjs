// Somebody who opens an account: with script in the panel over a page, without it on the account pages.
import assert from "node:assert/strict";
import { focusReaches, watched } from "./browser.mjs";

/** What is told in a place: boxes and the errors beside fields, as one sees them. */
const seen = (place) => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  return {
    outcomes: [...place.querySelectorAll(".outcome")].filter(shown).map((e) => e.id),
    errors: [...place.querySelectorAll(".field-error")].filter(shown).map((e) => e.textContent.trim()),
    focus: document.activeElement.id,
  };
};

export class Reader {
  /** `script` says which of the two; other options are those of a browser's context. */
  static async open(browser, origin, { script = true, lang = "en", ...options } = {}) {
    const context = await browser.newContext({ javaScriptEnabled: script, acceptDownloads: true, ...options });
    const page = await watched(context);
    return Object.assign(new Reader(), { context, page, origin, script, lang, email: null });
  }

  close() {
    return this.context.close();
  }

  /** Where account pages are shown now: the panel, or the page. */
  get place() {
    return this.page.locator(this.script && !this.standing ? "dialog[open]" : "main");
  }

  path(page) {
    return `/${this.lang}/account/${page}`;
  }

  goto(address) {
    this.standing = false;
    return this.page.goto(this.origin + address);
  }

  /** The account page itself, as who follows a bookmark has it. */
  stand(page) {
    this.standing = true;
    return this.page.goto(this.origin + this.path(page));
  }

  /** Opens accounts from the head of the page one is on. */
  async openAccount() {
    await this.page.locator(".masthead-account").click();
    await this.heading("account");
  }

  async follow(page) {
    await this.place.locator(`a[href="${this.path(page)}"]`).first().click();
  }

  form(action) {
    return this.place.locator(`form[action="/api/${action}"]`).first();
  }

  async fill(action, fields) {
    for (const [name, value] of Object.entries(fields)) await this.form(action).locator(`[name="${name}"]`).fill(value);
  }

  async send(action, fields = {}) {
    await this.form(action).waitFor();
    await this.fill(action, fields);
    await this.form(action).locator("button:not([type=button])").click();
  }

  /** Waits until an account page is shown: the one with this form, or of this kind. */
  async heading() {
    await this.place.locator("h1").waitFor();
    return this.place.locator("h1").innerText();
  }

  async shows(action) {
    await this.form(action).waitFor();
  }

  /** Waits until this is told, in a box that has the focus; gives what stands beside fields. */
  async told(name) {
    await this.place.locator(`.outcome[id="${name}"]`).waitFor({ state: "visible" });
    await focusReaches(this.page, name);
    const now = await this.place.evaluate(seen);
    assert.deepEqual([now.outcomes, now.focus], [[name], name]);
    return now.errors;
  }

  async isSignedIn() {
    const answer = await this.context.request.get(`${this.origin}/api/session`);
    return (await answer.json()).signed_in;
  }

  /** From a public page to the code of a registration. */
  async register(email, password) {
    await this.openAccount();
    await this.follow("register/");
    await this.send("register", { email, password });
    await this.shows("verify");
  }

  /** Back to where one was, by the button that says so. */
  async back() {
    await this.place.locator("a[href='/api/return']").click();
  }
}
