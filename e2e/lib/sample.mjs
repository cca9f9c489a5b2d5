// The newsroom that is tested: a copy of the sample, so that nobody who writes meanwhile disturbs a run,
// with what the sample does not need for itself: a list that is long enough to have pages, and a
// document of every sort that must not be published yet, or any more.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const PICTURE = "content/static/img";
const two = (n) => String(n).padStart(2, "0");

function write(root, file, head, body) {
  const target = path.join(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, `+++\n${head.join("\n")}\n+++\n${body}\n`);
}

/** Forty-five old stories, so that lists go beyond their first page. */
function backCatalogue(root) {
  for (let i = 0; i < 45; i++) {
    const [month, day] = [two(1 + (i % 12)), two(1 + Math.floor(i / 12) * 7)];
    const head = [
      `title = "From the back catalogue, number ${i + 1}"`,
      `date = 2019-${month}-${day}T10:00:00+01:00`,
      'lead = "An old story, kept so that lists are long."',
      'topics = ["Back catalogue"]',
    ];
    write(root, `content/news/2019/${month}/${day}/back-catalogue-${i + 1}.md`, head, "What it said then.");
  }
}

/** Why a document is held back, and the keys that hold it. */
export const HELD = {
  draft: ["date = 2026-11-02T10:00:00+01:00", "draft = true"],
  expired: ["date = 2026-11-03T10:00:00+01:00", "expires = 2026-11-20T10:00:00+01:00"],
  embargoed: ["date = 2026-11-04T10:00:00+01:00", "embargo = 2031-01-01T10:00:00+01:00"],
  future: ["date = 2031-11-05T10:00:00+01:00"],
};

function heldBack(root) {
  const picture = fs.readdirSync(path.join(root, PICTURE)).find((name) => name.endsWith(".jpg"));
  Object.entries(HELD).forEach(([why, keys], i) => {
    const date = keys[0].slice("date = ".length).slice(0, 10).replaceAll("-", "/");
    const name = `content/news/${date}/zyzzyva-${why}`;
    const head = [`title = "Zyzzyva ${why} headline"`, ...keys];
    head.push(`image = { src = "zyzzyva-${why}.jpg", alt = "Zyzzyva ${why} picture" }`);
    head.push(`topics = ["Undersea infrastructure", "Zyzzyva ${why} topic"]`, `aliases = ["/zyzzyva-${why}-alias"]`);
    write(root, `${name}.md`, head, `Zyzzyva ${why} text.`);
    write(root, `${name}.fr.md`, [`title = "Zyzzyva ${why} en français"`], `Zyzzyva ${why} texte.`);
    const bytes = fs.readFileSync(path.join(root, PICTURE, picture));
    // Bytes after a JPEG's end change its fingerprint and nothing else.
    fs.writeFileSync(path.join(root, `${name}.jpg`), Buffer.concat([bytes, Buffer.from(`zyzzyva ${i}`)]));
  });
}

/**
 * Video dossiers that wait for their time. The sidecar's manifest must name them, so they have a mark of their own,
 * which stands in everything by which one could be told, but for the digests: those are `digests`.
 */
export const WAITING = ["embargoed", "future"].map((why) => {
  const digests = ["a", "b"].map((part) => createHash("sha256").update(`quokkafjord ${why} ${part}`).digest("hex"));
  return { why, id: `quokkafjord-${why}`, digests };
});

function waitingDossiers(root) {
  const [picture] = fs.readdirSync(path.join(root, "content/media")).filter((name) => name.endsWith(".jpg"));
  const bytes = fs.readFileSync(path.join(root, "content/media", picture));
  for (const { why, id, digests } of WAITING) {
    const beside = (name) => path.join(root, "content/media", name);
    const head = [`title = "Quokkafjord ${why} headline"`, ...HELD[why], 'duration = "00:00:10"', 'terms = "standard"'];
    head.push(`poster = "${id}-poster.jpg"`, `poster_alt = "Quokkafjord ${why} poster"`, `transcript = "${id}.transcript.md"`);
    head.push(`place = "Quokkafjord ${why} place"`, `topics = ["Quokkafjord ${why} topic"]`, `people = ["Quokkafjord ${why} person"]`);
    digests.forEach((digest, i) => {
      const file = `${id}-${i ? "540p.mp4" : "1080p25.mov"}`;
      head.push("[[rendition]]", `name = "quokkafjord-${i ? "preview" : "broadcast"}"`, `file = "${file}"`, `gated = ${!i}`);
      head.push(`label = { en = "Quokkafjord ${why} label", fr = "Quokkafjord ${why} libellé" }`, `size = ${7_000_001 + i}`, `type = "video/${i ? "mp4" : "quicktime"}"`);
      head.push(`sha256 = "${digest}"`, 'codec = "H.264 High, AAC"', 'picture = "1920x1080"', 'frame_rate = "25"', 'audio = "Stereo, clean"');
    });
    head.push("[[captions]]", 'lang = "en"', `file = "${id}.en.vtt"`);
    head.push("[[shot]]", 'at = "00:00:00"', `text = "Quokkafjord ${why} shot"`, 'speaker = "Quokkafjord speaker"', 'quote = "Quokkafjord quote"');
    write(root, `content/media/${id}.md`, head, `Quokkafjord ${why} text.`);
    write(root, `content/media/${id}.fr.md`, [`title = "Quokkafjord ${why} en français"`], `Quokkafjord ${why} texte.`);
    fs.writeFileSync(beside(`${id}.transcript.md`), `Quokkafjord ${why} transcript.\n`);
    fs.writeFileSync(beside(`${id}.en.vtt`), `WEBVTT\n\n00:00.000 --> 00:05.000\nQuokkafjord ${why} caption.\n`);
    fs.writeFileSync(beside(`${id}-poster.jpg`), Buffer.concat([bytes, Buffer.from(`quokkafjord ${why}`)]));
  }
}

/** Copies the newsroom at `from` to `to` and adds the above. */
export function prepare(from, to) {
  for (const folder of ["content", "themes", "media"]) {
    fs.cpSync(path.join(from, folder), path.join(to, folder), { recursive: true });
  }
  backCatalogue(to);
  heldBack(to);
  waitingDossiers(to);
  return to;
}
