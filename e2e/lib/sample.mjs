// The newsroom under test: a copy of the sample, so that edits meanwhile do not disturb a run, with additions for
// tests: enough stories for lists of several pages, and documents of every kind that is held back.
import fs from "node:fs";
import path from "node:path";

const PICTURE = "content/static/img";
const two = (n) => String(n).padStart(2, "0");

function write(root, file, head, body) {
  const target = path.join(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, `+++\n${head.join("\n")}\n+++\n${body}\n`);
}

/** Forty-five old stories, so that lists have several pages. */
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

/** Why a document is held back, and the front matter that does it. */
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
    // Bytes after a JPEG's end change only its fingerprint.
    const own = Buffer.concat([bytes, Buffer.from(`zyzzyva ${i}`)]);
    fs.writeFileSync(path.join(root, `${name}.jpg`), own);
    heldDossier(root, why, keys, own);
  });
}

/** The checksum of a held-back dossier's file, which must occur nowhere in public. */
export const heldSum = (why, gated) => `${gated ? "5" : "6"}${Object.keys(HELD).indexOf(why)}`.repeat(32);

/** A dossier with every possible field. */
function heldDossier(root, why, keys, poster) {
  const id = `zyzzyva-${why}-clip`;
  const beside = (name) => path.join(root, `content/media/${name}`);
  const stored = (gated) => {
    const [sum, name] = [heldSum(why, gated), `zyzzyva-${why}-${gated ? "broadcast" : "preview"}.mp4`];
    const file = path.join(root, "media", sum.slice(0, 2), sum, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.alloc(1000));
    return name;
  };
  const rendition = (gated) => [
    "[[rendition]]",
    `name = "${gated ? "broadcast" : "preview"}"`,
    `file = "${stored(gated)}"`,
    `label = "Zyzzyva ${why} file"`,
    `gated = ${gated}`,
    'type = "video/mp4"',
    "size = 1000",
    `sha256 = "${heldSum(why, gated)}"`,
  ];
  const head = [`title = "Zyzzyva ${why} clip"`, ...keys, 'duration = "00:00:10"', `place = "Zyzzyva ${why} place"`];
  head.push(`poster = "${id}.jpg"`, `poster_alt = "Zyzzyva ${why} poster"`, `transcript = "${id}.transcript.md"`);
  head.push(...rendition(true), ...rendition(false), "[[captions]]", 'lang = "en"', `file = "${id}.en.vtt"`);
  head.push("[[shot]]", 'at = "00:00:01"', `text = "Zyzzyva ${why} shot"`, `speaker = "Zyzzyva ${why} speaker"`);
  write(root, `content/media/${id}.md`, head, `Zyzzyva ${why} description.`);
  write(root, `content/media/${id}.fr.md`, [`title = "Zyzzyva ${why} en images"`], `Zyzzyva ${why} légende.`);
  fs.writeFileSync(beside(`${id}.jpg`), poster);
  fs.writeFileSync(beside(`${id}.transcript.md`), `Zyzzyva ${why} transcript.\n`);
  fs.writeFileSync(beside(`${id}.en.vtt`), `WEBVTT\n\n00:01.000 --> 00:02.000\nZyzzyva ${why} caption\n`);
}

/** A JPEG without what it says of itself, so that no caption of its own contradicts that of a test. */
function bare(jpeg) {
  const kept = [jpeg.subarray(0, 2)];
  let at = 2;
  // Segments come before the scan (0xDA); 0xE1 to 0xED are EXIF, XMP, IPTC and profiles.
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] < 0xe1 || jpeg[at + 1] > 0xed) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}

/** The photo story of tests: four pictures, the second of which is for readers with an account. */
export const PHOTOS = "/en/photos/2026/11/10/desk/";

function photoStory(root) {
  const folder = path.join(root, "content/photos/2026/11/10");
  fs.mkdirSync(folder, { recursive: true });
  const pictures = fs.readdirSync(path.join(root, PICTURE)).filter((name) => name.endsWith(".jpg"));
  const figure = (i) => {
    const bytes = bare(fs.readFileSync(path.join(root, PICTURE, pictures[i % pictures.length])));
    // Bytes after a JPEG's end change only its fingerprint.
    fs.writeFileSync(path.join(folder, `desk-${i}.jpg`), Buffer.concat([bytes, Buffer.from(`desk ${i}`)]));
    const gated = i === 2 ? ' download="account"' : "";
    return `::: figure src="desk-${i}.jpg" alt="Picture ${i}" credit="Credit ${i}"${gated}\n**Caption** ${i}.\n:::\n`;
  };
  const head = ['title = "A desk in pictures"', 'date = 2026-11-10T10:00:00+01:00', 'lead = "Four pictures."'];
  head.push('image = { src = "desk-1.jpg", alt = "Picture 1", credit = "Credit 1" }');
  write(root, "content/photos/2026/11/10/desk.md", head, [1, 2, 3, 4].map(figure).join("\n"));
}

/** Copies the newsroom at `from` to `to` and adds the above. */
export function prepare(from, to) {
  for (const folder of ["content", "themes", "media"]) {
    fs.cpSync(path.join(from, folder), path.join(to, folder), { recursive: true });
  }
  backCatalogue(to);
  heldBack(to);
  photoStory(to);
  return to;
}
