// Protects an editor's working day: `dateline dev` shows the site, follows every edit, shows each mistake at its place
// while the last good page stays, and plays the videos.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, watched } from "./lib/browser.mjs";
import { AT, DATELINE, freePort, manifest, sources, temporary } from "./lib/newsroom.mjs";
import { fullest } from "./lib/pages.mjs";
import { plays, renditions, serves } from "./lib/player.mjs";
import { start } from "./lib/programs.mjs";
import { until } from "./lib/vault.mjs";

const root = temporary("dev");
const STORY = "content/news/2025/01/28/a-story-being-written.md";
const ADDRESS = "/en/news/2025/01/28/a-story-being-written/";
const PANEL = "#dateline-dev";

const write = (title, body) => {
  const file = path.join(root, STORY);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `+++\ntitle = "${title}"\ndate = 2025-01-28T09:00:00+01:00\n+++\n${body}\n`);
};
const asked = async (address) => (await fetch(dev.origin + address)).text();
/** Writes the story and waits until it is served, so that a page opened afterwards does not reload for it. */
async function served(title, body) {
  write(title, body);
  await until(async () => {
    const page = await asked(ADDRESS);
    return page.includes(title) && page.includes(body);
  }, `${title} is not served`);
}

let dev;
let browser;
let port;
const serve = () =>
  start(DATELINE, ["dev", "--root", root, "--port", String(port), "--at", AT], { origin: `http://localhost:${port}` });
before(async () => {
  for (const folder of ["content", "themes", "media"]) {
    fs.cpSync(path.join(sources(), folder), path.join(root, folder), { recursive: true });
  }
  write("A story being written", "The first sentence.");
  port = await freePort();
  browser = await launch();
  dev = await serve();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

// The page follows changes once it has received the current state.
const listening = (page) => page.locator("script[data-listening]").waitFor({ state: "attached" });

// A value that a page keeps until it reloads.
const mark = (page) => page.evaluate(() => (window.before = true));
const stayed = (page) => page.evaluate(() => window.before === true);

async function open(address) {
  const page = await watched(await browser.newContext());
  await page.goto(dev.origin + address, { waitUntil: "load" });
  await listening(page);
  return page;
}

test("it prints its address", () => {
  assert.ok(dev.said.includes(`${dev.origin}/`), dev.said);
});

for (const kind of ["home", "article", "section", "video"]) {
  test(`it serves ${kind} without errors, for this machine's address`, async () => {
    const page = await open(fullest(kind).address);
    assert.deepEqual(page.faults, []);
    assert.ok(await page.locator("main h1, main h2").first().isVisible());
    const canonical = await page.getAttribute("link[rel=canonical]", "href");
    assert.ok(canonical.startsWith(dev.origin), canonical);
    await page.context().close();
  });
}

test("an edit appears, and the browser reloads automatically", async () => {
  await served("A story being written", "The first sentence.");
  const page = await open(ADDRESS);
  await mark(page);
  const began = Date.now();
  write("A story with a new title", "The first sentence, mended.");
  await page.locator("h1", { hasText: "A story with a new title" }).waitFor();
  console.log(`  an edit is in the browser after ${Date.now() - began} ms`);
  await page.getByText("The first sentence, mended.").waitFor();
  assert.equal(await stayed(page), false, "the page was not loaded again");
  const list = await (await fetch(`${dev.origin}/en/news/2025/01/28/`)).text();
  assert.ok(list.includes("A story with a new title"), "the list does not follow");
  await page.context().close();
});

test("adding and removing a story are followed", async () => {
  const page = await open("/en/news/2025/01/28/");
  const second = path.join(root, path.dirname(STORY), "a-second-story.md");
  fs.writeFileSync(second, '+++\ntitle = "A second story"\ndate = 2025-01-28T10:00:00+01:00\n+++\nText.\n');
  await page.getByRole("link", { name: "A second story" }).waitFor();
  fs.rmSync(second);
  await page.getByRole("link", { name: "A second story" }).waitFor({ state: "detached" });
  await page.context().close();
});

test("a mistake is shown at its place over the last good page, and disappears once corrected", async () => {
  write("A story with a mistake", "Good text.");
  const page = await open(ADDRESS);
  await page.locator("h1", { hasText: "A story with a mistake" }).waitFor();
  write("A story with a mistake", "A [link](/news/1999/nowhere.md) to nothing.");
  const panel = page.locator(PANEL);
  await panel.waitFor();
  assert.match(await panel.innerText(), /a-story-being-written\.md:5:\d+/);
  assert.match(await panel.innerText(), /nowhere\.md/);
  assert.ok(await page.getByText("Good text.").isVisible(), "the last good page is gone");
  await page.reload();
  await panel.waitFor();
  assert.ok(await page.getByText("Good text.").isVisible(), "a reload loses the last good page");
  write("A story with a mistake", "Better text.");
  await page.getByText("Better text.").waitFor();
  await panel.waitFor({ state: "detached" });
  await page.context().close();
});

test("an edit of another story does not reload the page; an edit of a story that the page shows does", async () => {
  await served("A story being written", "The first sentence.");
  const page = await open("/en/about/");
  const list = await open("/en/news/2025/01/28/");
  await mark(page);
  await mark(list);
  write("A title for the list", "The first sentence.");
  // Both are notified at once: when the list has followed, the other had its chance.
  await list.getByText("A title for the list").first().waitFor();
  assert.equal(await stayed(list), false);
  assert.ok(await stayed(page), "a page that shows nothing of it was loaded again");
  await page.context().close();
  await list.context().close();
});

test("an edit of the body reaches two windows of its page, and no list", async () => {
  await served("A story being written", "The first sentence.");
  const one = await open(ADDRESS);
  const two = await open(ADDRESS);
  const list = await open("/en/news/2025/01/28/");
  await mark(list);
  write("A story being written", "Words that only the story has.");
  for (const page of [one, two]) {
    await page.getByText("Words that only the story has.").waitFor();
  }
  assert.ok(await stayed(list), "the list was loaded again");
  for (const page of [one, two, list]) await page.context().close();
});

test("saving by way of a temporary file is one edit", async () => {
  write("A story being written", "The first sentence.");
  const page = await open(ADDRESS);
  const file = path.join(root, STORY);
  const text = fs.readFileSync(file, "utf8").replace("The first sentence.", "Saved by renaming.");
  fs.writeFileSync(`${file}.tmp123`, text);
  fs.renameSync(`${file}.tmp123`, file);
  await page.getByText("Saved by renaming.").waitFor();
  await page.context().close();
});

test("a changed picture in static/ is reloaded, though its address stays the same", async () => {
  const page = await open("/en/about/");
  await mark(page);
  const other = await open(ADDRESS);
  await mark(other);
  const picture = path.join(root, "content/static/img/headquarters.jpg");
  fs.writeFileSync(picture, fs.readFileSync(picture));
  await page.waitForFunction(() => window.before === undefined);
  await listening(page);
  assert.ok(await stayed(other), "a page without the picture was loaded again");
  await page.context().close();
  await other.context().close();
});

test("a removed story is shown as gone, and returns", async () => {
  write("A story being written", "The first sentence.");
  const page = await open(ADDRESS);
  fs.rmSync(path.join(root, STORY));
  await page.locator("h1", { hasText: "A story being written" }).waitFor({ state: "detached" });
  write("A story being written", "Here again.");
  await page.getByText("Here again.").waitFor();
  await page.context().close();
});

test("a stylesheet is swapped in place", async () => {
  const page = await open(ADDRESS);
  await mark(page);
  const styles = path.join(root, "themes/newsroom/assets/css/site.css");
  fs.appendFileSync(styles, "\nh1 { letter-spacing: 3px; }\n");
  await page.waitForFunction(() => getComputedStyle(document.querySelector("h1")).letterSpacing === "3px");
  assert.ok(await stayed(page), "the page was loaded again");
  // The old one is removed once the new one has loaded.
  await page.waitForFunction(() => document.querySelectorAll("link[rel~=stylesheet][href*='/css/site.']").length === 1);
  fs.appendFileSync(styles, "\nh1 { letter-spacing: 4px; }\n");
  await page.waitForFunction(() => getComputedStyle(document.querySelector("h1")).letterSpacing === "4px");
  assert.ok(await stayed(page), "the page was loaded again by the second change");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

/** The answer to a request with this host. */
const askedAs = (host, pathname = "/en/") =>
  new Promise((answered, failed) => {
    const asked = http.get({ host: "127.0.0.1", port, path: pathname, headers: { Host: host } }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => answered({ status: answer.statusCode, text, headers: answer.headers }));
    });
    asked.on("error", failed);
  });

test("it answers only for this machine's own names", async () => {
  for (const own of [`localhost:${port}`, `127.0.0.1:${port}`, "LOCALHOST"]) {
    assert.equal((await askedAs(own)).status, 200, own);
  }
  for (const foreign of ["attacker.example", `localhost.attacker.example:${port}`]) {
    for (const pathname of ["/en/", "/api/session", "/_dev/mail"]) {
      const { status, text } = await askedAs(foreign, pathname);
      assert.equal(status, 421, foreign + pathname);
      assert.match(text, /--host NAME/);
    }
  }
});

test("the theme's script also runs under the machine's address, and no other file does", async () => {
  fs.writeFileSync(path.join(root, "content/static/own.js"), "window.ran = true;");
  write("A story being written", "<p><script src='/own.js'></script></p>\n\nThe first sentence.");
  for (const origin of [dev.origin, `http://127.0.0.1:${port}`]) {
    const page = await watched(await browser.newContext());
    await page.goto(origin + ADDRESS, { waitUntil: "load" });
    await listening(page);
    assert.equal(await page.evaluate(() => window.ran), undefined);
    const others = page.faults.filter((fault) => !fault.includes("own.js"));
    assert.deepEqual(others, [], origin);
    await page.context().close();
  }
});

test("a large file is served in ranges, and other files beside a story are not served", async () => {
  const large = Buffer.alloc(3_000_000, "0123456789");
  fs.writeFileSync(path.join(root, "content/static/large.bin"), large);
  fs.writeFileSync(path.join(path.dirname(path.join(root, STORY)), "paper.pdf"), "%PDF-1.7 a paper");
  write("A story being written", "[paper](paper.pdf) and [all](/large.bin).");
  const page = await open(ADDRESS);
  const paper = await page.getByRole("link", { name: "paper" }).getAttribute("href");
  await page.context().close();
  const part = await fetch(`${dev.origin}/large.bin`, { headers: { Range: "bytes=1999990-2000004" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), "bytes 1999990-2000004/3000000");
  assert.equal(await part.text(), "012345678901234");
  const whole = await fetch(dev.origin + paper);
  assert.equal(await whole.text(), "%PDF-1.7 a paper");
  assert.equal(whole.headers.get("content-security-policy"), "sandbox; default-src 'none'");
  assert.equal(whole.headers.get("x-content-type-options"), "nosniff");
});

test("an edit is followed through a symbolic link, and past broken ones", async () => {
  const folder = path.dirname(path.join(root, STORY));
  const linked = ADDRESS.replace("a-story-being-written", "linked");
  write("A story being written", "The first sentence.");
  fs.symlinkSync("someone@machine.4711", path.join(folder, ".#a-story-being-written.md"));
  fs.symlinkSync("a-story-being-written.md", path.join(folder, "linked.md"));
  const comes = (text) => until(async () => (await asked(linked)).includes(text), `${text} does not come`);
  await comes("The first sentence.");
  write("A story being written", "Edited behind the link.");
  await comes("Edited behind the link.");
  fs.symlinkSync("nowhere.md", path.join(folder, "broken.md"));
  write("A story being written", "Edited beside a broken link.");
  fs.rmSync(path.join(folder, "broken.md"));
  await comes("Edited beside a broken link.");
  fs.rmSync(path.join(folder, "linked.md"));
});

test("switching to another branch is followed", async () => {
  const [content, away] = [path.join(root, "content"), temporary("branch")];
  const page = await open(ADDRESS);
  fs.cpSync(content, path.join(away, "content"), { recursive: true });
  fs.writeFileSync(
    path.join(away, STORY),
    '+++\ntitle = "As on the branch"\ndate = 2025-01-28T09:00:00+01:00\n+++\nOther.\n',
  );
  fs.rmSync(content, { recursive: true });
  fs.cpSync(path.join(away, "content"), content, { recursive: true });
  await page.locator("h1", { hasText: "As on the branch" }).waitFor();
  write("A story being written", "Back again.");
  await page.getByText("Back again.").waitFor();
  await page.context().close();
});

test("the sidecar runs beside it: health, ranges, gated files", async () => {
  assert.equal((await fetch(`${dev.origin}/healthz`)).status, 200);
  await serves(dev.origin, renditions(manifest()));
});

test("the player plays, seeks and shows captions", async () => {
  const page = await open(renditions(manifest()).page);
  await plays(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("an open page follows again after the program was restarted", async () => {
  write("A story being written", "Before the pause.");
  const page = await open(ADDRESS);
  await page.getByText("Before the pause.").waitFor();
  await dev.stop();
  write("A story being written", "Written in the pause.");
  dev = await serve();
  await page.getByText("Written in the pause.").waitFor();
  await page.context().close();
});

test("nothing is written to the newsroom", () => {
  const names = fs.readdirSync(root).sort();
  assert.deepEqual(names.filter((name) => name !== ".dateline"), ["content", "media", "themes"]);
});
