// What the player must do wherever a video page is served.
import assert from "node:assert/strict";
import { until } from "./vault.mjs";

const state = (page) =>
  page.locator("#_player video").evaluate((v) => ({
    time: v.currentTime,
    paused: v.paused,
    duration: v.duration,
    width: v.videoWidth,
    error: v.error?.message ?? null,
    plays: Number(v.dataset.plays ?? 0),
  }));

/** Waits until `done` is true for the player's state. */
const reaches = (page, done, what) =>
  until(async () => {
    const now = await state(page);
    assert.equal(now.error, null);
    return done(now) && now;
  }, what);

/** Plays by keyboard, seeks by the shotlist and by code, and reads the captions. */
export async function plays(page) {
  const video = page.locator("#_player video");
  // Recorded by events, since so short a film may end before a check.
  await video.evaluate((v) => v.addEventListener("play", () => (v.dataset.plays = Number(v.dataset.plays ?? 0) + 1)));
  await video.focus();
  await page.keyboard.press("k");
  const playing = await reaches(page, (v) => v.plays > 0 && v.time > 0.2, "K does not play");
  assert.ok(playing.duration > 1 && playing.width > 0, JSON.stringify(playing));
  await page.keyboard.press("k");
  await reaches(page, (v) => v.paused, "K does not pause");

  const shot = page.locator("[data-seek]").last();
  const at = Number(await shot.getAttribute("data-seek"));
  assert.ok(at > 0, "the sample has no later shot");
  const before = await state(page);
  await shot.click();
  await reaches(page, (v) => v.time >= at && v.plays > before.plays, `the shotlist does not lead to ${at} s`);

  const back = playing.duration * 0.5;
  await video.evaluate((v, to) => {
    v.pause();
    v.currentTime = to;
  }, back);
  await reaches(page, (v) => Math.abs(v.time - back) < 0.1, "does not seek");

  await video.evaluate((v) => (v.textTracks[0].mode = "showing"));
  await until(() => video.evaluate((v) => v.textTracks[0].cues?.length > 0), "no captions");
}

/** A free and a gated rendition of one dossier, from the manifest. */
export function renditions(manifest) {
  for (const [id, dossier] of Object.entries(manifest.media)) {
    const all = Object.entries(dossier.renditions);
    const free = all.find(([, r]) => !r.gated);
    const gated = all.find(([, r]) => r.gated);
    if (free && gated) {
      return {
        page: Object.values(dossier.editions)[0].page,
        free: { address: `/api/media/${id}/${free[0]}`, ...free[1] },
        gated: { address: `/api/media/${id}/${gated[0]}`, ...gated[1] },
      };
    }
  }
  throw new Error("the sample has no dossier with a free and a gated rendition");
}

/** Checks that a public rendition answers ranges, and a gated one is refused. */
export async function serves(origin, { free, gated }) {
  const part = await fetch(origin + free.address, { headers: { Range: "bytes=0-99" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), `bytes 0-99/${free.size}`);
  assert.equal((await part.arrayBuffer()).byteLength, 100);
  const whole = await fetch(origin + free.address);
  assert.equal(whole.status, 200);
  assert.equal(whole.headers.get("content-type"), free.type);
  const digest = await crypto.subtle.digest("SHA-256", await whole.arrayBuffer());
  assert.equal(Buffer.from(digest).toString("hex"), free.sha256, "not the bytes that the manifest promises");
  const refused = await fetch(origin + gated.address, { headers: { Accept: "*/*" } });
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal((await refused.json()).type, "urn:dateline:problem:signed-out");
}
