// Protects downloads in a browser: logging in on the way to a file and saving it, even if the service restarts or the
// file is replaced meanwhile, and seeking in a film that needs an account.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { PASSWORD } from "./lib/accounts.mjs";
import { launch, launchWithProfile, watched } from "./lib/browser.mjs";
import { run } from "./lib/clients.mjs";
import { build, freePort, readJson, temporary } from "./lib/newsroom.mjs";
import { MIB, noise, sha256Of, until, Vault, vaultRoom } from "./lib/vault.mjs";

const SIZE = 24 * MIB;
const DOSSIER = "lisbon-doorstep";
const PAGE = `/en/video/${DOSSIER}/`;
/** Slow enough that a restart always interrupts a download. */
const SLOW = { DATELINE_AUTH_DOWNLOAD_RATE_ACCOUNT: String(MIB / 4) };

const out = temporary("browser-downloads");
const vault = new Vault();
const [one, two] = [1, 2].map((seed) => vault.store("lisbon-doorstep-1080p25.mov", noise(seed, SIZE), { type: "video/quicktime" }));

let browser;
let room;
let origin;
let film;
let built;
before(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const dist = temporary("browser-dist");
  build(dist, { args: ["--base-url", origin] });
  built = readJson(path.join(dist, "sidecar", "manifest.json"));
  const file = path.join(out, "film.mp4");
  // Noise makes it large: a short one would be read completely before anyone seeks.
  const source = "testsrc2=duration=30:size=640x360:rate=25,noise=alls=60:allf=t";
  const coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "25", "-pix_fmt", "yuv420p"];
  const made = await run("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, ...coded, file]).ended;
  assert.equal(made.code, 0, made.said);
  film = vault.store("film.mp4", fs.readFileSync(file), { type: "video/mp4" });
  assert.ok(film.size > 16 * MIB, `${film.size} bytes`);
  [browser, room] = await Promise.all([
    launch(),
    vaultRoom({ text: manifestWith(one), vault, port, site: path.join(dist, "site") }),
  ]);
  await room.reader("browser");
});
after(async () => {
  await browser?.close();
  await room?.close();
});

/** The generator's manifest, with a large file at the address on the dossier's page. */
function manifestWith(rendition) {
  const { renditions } = built.media[DOSSIER];
  const all = { ...renditions, broadcast: rendition, film };
  return JSON.stringify({ ...built, media: { ...built.media, [DOSSIER]: { ...built.media[DOSSIER], renditions: all } } });
}

async function names(rendition) {
  const reads = () => room.said.split("the manifest was read").length;
  const before = reads();
  vault.put(manifestWith(rendition));
  await until(() => reads() > before, "the manifest is not read");
}

async function fillIn(page) {
  const form = page.locator('form[action="/api/login"]');
  await form.locator('[name="email"]').fill("browser@example.org");
  await form.locator('[name="password"]').fill(PASSWORD);
  await form.locator("button:not([type=button])").click();
}

async function logIn(page) {
  await page.goto(`${origin}/en/account/login/`);
  await fillIn(page);
  await page.waitForURL((url) => !url.pathname.includes("/login/"));
}

const button = (page) => page.locator(`a[href^="/api/media/${DOSSIER}/broadcast"]`);

test("a reader logs in on the way to a file, returns to it, and saves it under its name", async () => {
  // Without script: with it, the download starts automatically (seed.test.mjs).
  const page = await watched(await browser.newContext({ javaScriptEnabled: false }));
  await page.goto(origin + PAGE);
  await button(page).click();
  await page.waitForURL(/\/en\/account\/login\/$/);
  await fillIn(page);
  await page.waitForURL(`${origin}${PAGE}#rendition-broadcast`);
  const [download] = await Promise.all([page.waitForEvent("download"), button(page).click()]);
  assert.equal(download.suggestedFilename(), one.file_name);
  assert.equal(await download.failure(), null);
  assert.equal(sha256Of(await download.path()), one.sha256);
  assert.equal(page.url(), `${origin}${PAGE}#rendition-broadcast`);
  assert.deepEqual(page.faults, []);
  const listed = await (await page.context().request.get(`${origin}/api/account/downloads`)).json();
  assert.deepEqual(listed.downloads.map(({ rendition, terms, by_link }) => [rendition, terms, by_link]), [["broadcast", "2025-01", false]]);
  await page.context().close();
});

test("the player seeks in a film that needs an account, and shows the right frames", async () => {
  const page = await watched(await browser.newContext());
  await logIn(page);
  const parts = [];
  page.on("response", (answer) => {
    if (answer.url().includes("/film")) parts.push([answer.status(), answer.headers()["content-range"] ?? ""]);
  });
  await page.goto(origin + PAGE);
  await page.evaluate((source) => {
    const video = document.createElement("video");
    Object.assign(video, { id: "gated", muted: true, preload: "metadata", src: source });
    document.querySelector("main").append(video);
  }, `/api/media/${DOSSIER}/film`);
  const video = page.locator("#gated");
  const state = () =>
    video.evaluate((v) => ({
      time: v.currentTime, ready: v.readyState, seeking: v.seeking, duration: v.duration,
      error: v.error?.message ?? null, frames: v.getVideoPlaybackQuality().totalVideoFrames,
    }));
  const reaches = (done, what) =>
    until(async () => {
      const now = await state();
      assert.equal(now.error, null);
      return done(now) && now;
    }, what);
  const { duration } = await reaches((now) => now.ready >= 1, "it does not load");
  assert.ok(Math.abs(duration - 30) < 0.1, `${duration} s`);
  const seen = new Set();
  for (const to of [27.5, 3.2, 15, 22.4, 0.4]) {
    await video.evaluate((v, time) => {
      v.currentTime = time;
    }, to);
    await reaches(({ seeking, ready, time, frames }) => !seeking && ready >= 2 && frames > 0 && Math.abs(time - to) < 0.05, `it does not come to ${to} s`);
    const picture = () =>
      video.evaluate(async (v) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
        const context = canvas.getContext("2d");
        context.drawImage(v, 0, 0, 64, 36);
        const hash = await crypto.subtle.digest("SHA-256", context.getImageData(0, 0, 64, 36).data);
        return [...new Uint8Array(hash)].join();
      });
    // The position may be reached a moment before its frame can be drawn.
    const drawn = await until(async () => {
      const hash = await picture();
      return !seen.has(hash) && hash;
    }, `no other picture at ${to} s`);
    seen.add(drawn);
  }
  assert.equal(seen.size, 5, "one picture for two places");
  await video.evaluate((v) => v.play());
  await reaches((now) => now.time > 1, "it does not play");
  assert.ok(parts.length > 2 && parts.every(([status]) => status === 206), JSON.stringify(parts));
  // The index is at the end of the file, and was requested there.
  assert.ok(parts.some(([, range]) => Number(/^bytes (\d+)/.exec(range)[1]) > film.size / 2), JSON.stringify(parts));
  const bytes = await page.evaluate(async (source) => {
    const digest = await crypto.subtle.digest("SHA-256", await (await fetch(source)).arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }, `/api/media/${DOSSIER}/film`);
  assert.equal(bytes, film.sha256);
  await page.context().close();
});

describe("a download that a browser resumes", () => {
  /** A reader whose download is half done: Chromium's own list of downloads, and the state of this one. */
  async function halfSaved() {
    await room.kill();
    await room.start(SLOW);
    await names(one);
    const context = await launchWithProfile(temporary("profile"));
    const [page] = context.pages();
    const chromium = await context.newCDPSession(page);
    const folder = temporary("saved");
    const told = [];
    chromium.on("Browser.downloadProgress", (progress) => told.push(progress));
    await chromium.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
    await logIn(page);
    await page.goto(origin + PAGE);
    await button(page).click();
    await until(() => told.some((now) => now.receivedBytes > MIB), "the download does not begin");
    const list = await context.newPage();
    await list.goto("chrome://downloads");
    return {
      told,
      /** Pauses or resumes by the menu of the list. */
      async turn(word) {
        const entry = list.locator("#pause-or-resume", { hasText: word });
        await until(() => entry.count(), `there is no ${word}`);
        await list.locator("#more-actions").click();
        await entry.click();
      },
      /** The file, once Chromium gave it its name: it stops reporting interrupted downloads to its clients. */
      async saved() {
        await until(() => fs.readdirSync(folder).join() === one.file_name, "it does not end");
        return sha256Of(path.join(folder, one.file_name));
      },
      async downloads() {
        return (await (await context.request.get(`${origin}/api/account/downloads`)).json()).downloads;
      },
      close: () => context.close(),
    };
  }

  for (const [name, replaces] of [["the service killed and started again", false], ["the file replaced meanwhile", true]]) {
    test(name, async () => {
      const half = await halfSaved();
      try {
        await room.kill();
        await until(() => half.told.at(-1).state === "canceled", "Chromium does not notice");
        const had = half.told.at(-1).receivedBytes;
        assert.ok(had > MIB && had < SIZE, `${had} bytes: not in the middle`);
        if (replaces) vault.put(manifestWith(two));
        await room.start({});
        const known = await half.downloads();
        await half.turn("Resume");
        assert.equal(await half.saved(), (replaces ? two : one).sha256);
        // Only the rest of the same file was sent, as one download; another file is another download.
        const [before, rest] = replaces ? [0, SIZE] : [known[0].bytes, SIZE - had];
        const [last, ...others] = await until(async () => {
          const now = await half.downloads();
          return (replaces ? now[0].whole : now[0].bytes >= rest) && now;
        }, "it is not noted");
        assert.equal(others.length, known.length - (replaces ? 0 : 1));
        assert.ok(last.bytes - before < rest + MIB / 2, JSON.stringify({ had, known, last }));
      } finally {
        await half.close();
      }
    });
  }

  test("paused and resumed", async () => {
    const half = await halfSaved();
    try {
      await half.turn("Pause");
      // Chromium stops reading; only what is in the buffers still arrives.
      await half.turn("Resume");
      const known = half.told.at(-1).receivedBytes;
      await until(() => half.told.at(-1).receivedBytes > known + MIB / 2, "the download does not continue");
      // At full speed from here.
      await room.kill();
      await until(() => half.told.at(-1).state === "canceled", "Chromium does not notice");
      await room.start({});
      await half.turn("Resume");
      assert.equal(await half.saved(), one.sha256);
    } finally {
      await half.close();
    }
  });
});
