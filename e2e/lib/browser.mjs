// A headless Chromium, and pages that record their errors.
import process from "node:process";
import { chromium } from "playwright-core";

/** The time-out for what must happen. */
const PATIENCE = 120_000;

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function options() {
  const root = process.getuid?.() === 0;
  return {
    executablePath: process.env.DATELINE_CHROMIUM ?? "/usr/bin/chromium",
    args: root ? [...QUIET, "--no-sandbox"] : QUIET,
  };
}

export const launch = () => chromium.launch(options());

/** The only context of a browser with its own profile, which resumes downloads as a reader's browser does. */
export const launchWithProfile = (dir) => chromium.launchPersistentContext(dir, options());

/** Opens a page that collects console errors, policy violations and failed requests in `page.faults`. */
export async function watched(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.faults = [];
  const note = (kind, text) => page.faults.push(`${kind}: ${text}`);
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  page.on("console", (message) => {
    if (message.type() === "error") note("console", `${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => note("script", error.message));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // Navigation aborts what is still loading.
    if (why !== "net::ERR_ABORTED") note("request", `${request.url()} ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) note("answer", `${response.status()} ${response.url()}`);
  });
  return page;
}

/** Waits until the element with this id has the focus: a fragment moves it in a later frame, perhaps after `load`. */
export const focusReaches = (page, id, options) =>
  page.waitForFunction((id) => document.activeElement?.id === id, id, options);

/**
 * The same for the fragment of the page that was just loaded. Once in some ten thousand loads, Chromium draws no frame
 * in which it would move the focus, however long one waits: then the page is loaded again.
 */
export async function fragmentGetsFocus(page, id) {
  const url = page.url();
  for (let loads = 1; ; loads += 1) {
    try {
      return await focusReaches(page, id, { timeout: 20_000 });
    } catch (error) {
      if (loads === 3) throw error;
    }
    await page.goto("about:blank");
    await page.goto(url);
  }
}

/** Scrolls to the end and back, so that lazy pictures load. */
export async function scrollThrough(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
      scrollTo(0, y);
      await frame();
    }
    const loaded = [...document.images].map(
      (image) => image.complete || new Promise((done) => (image.onload = image.onerror = done)),
    );
    await Promise.race([Promise.all(loaded), new Promise((late) => setTimeout(late, 5000))]);
    scrollTo(0, 0);
    await frame();
  });
}
