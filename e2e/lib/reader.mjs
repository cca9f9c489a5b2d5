// A reader who uses an account: with script in the panel over a page, without it on the account pages.
import assert from "node:assert/strict";
import { focusReaches, watched } from "./browser.mjs";

/** The visible boxes, and errors beside fields, in a place. */
const seen = (place) => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  return {
    outcomes: [...place.querySelectorAll(".outcome")].filter(shown).map((e) => e.id),
    errors: [...place.querySelectorAll(".field-error")].filter(shown).map((e) => e.textContent.trim()),
    focus: document.activeElement.id,
  };
};

export class Reader {
  /** `script` says whether with script; other options are those of a browser's context. */
  static async open(browser, origin, { script = true, lang = "en", ...options } = {}) {
    const context = await browser.newContext({ javaScriptEnabled: script, acceptDownloads: true, ...options });
    const page = await watched(context);
    return Object.assign(new Reader(), { context, page, origin, script, lang, email: null });
  }

  close() {
    return this.context.close();
  }

  /** Where account pages are shown: the panel, or the page. */
  get place() {
    return this.page.locator(this.script && !this.isDirect ? "dialog[open]" : "main");
  }

  path(page) {
    return `/${this.lang}/account/${page}`;
  }

  goto(address) {
    this.isDirect = false;
    return this.page.goto(this.origin + address);
  }

  /** Opens an account page directly, as from a bookmark. */
  openDirectly(page) {
    this.isDirect = true;
    return this.page.goto(this.origin + this.path(page));
  }

  /** Opens the account page from the header of the current page. */
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

  /** Waits until an account page is shown, and returns its heading. */
  async heading() {
    await this.place.locator("h1").waitFor();
    return this.place.locator("h1").innerText();
  }

  async shows(action) {
    await this.form(action).waitFor();
  }

  /** Waits until this outcome is shown in a box that has the focus; returns the errors beside fields. */
  async showsOutcome(name) {
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

  /** Registers from a public page, up to the form for the code. */
  async register(email, password) {
    await this.openAccount();
    await this.follow("register/");
    await this.send("register", { email, password });
    await this.shows("verify");
  }

  /** Returns to the former page by its button. */
  async back() {
    await this.place.locator("a[href='/api/return']").click();
  }
}
