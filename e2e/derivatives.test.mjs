// Protects what is made of pictures for the slots of a theme: upright, in the right colours, and everywhere with the
// rights of the original. ExifTool and libvips, which know nothing of Dateline, make the originals and judge.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { build, sources, temporary } from "./lib/newsroom.mjs";

const run = (program, args) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
const vips = (...args) => run("vips", args.map(String)).trim();

/** Numbers of 0 to 255 that a lossy derivative may differ by, on average over all pixels. */
const TOLERANCE = 4;
const [WIDTH, HEIGHT] = [1300, 975];

const RIGHTS = {
  iim: ["-codedcharacterset=utf8", "-IPTC:By-line=Zoë Łuk", "-IPTC:Credit=Øur office", "-IPTC:CopyrightNotice=© Øur"],
  latin: [
    "-charset", "iptc=Latin", "-IPTC:By-line=Zoë – Luk", "-IPTC:Credit=Øur office", "-IPTC:CopyrightNotice=© Øur",
  ],
  xmp: [
    "-XMP-dc:Creator=Zoë Łuk", "-XMP-photoshop:Credit=Øur office", "-XMP-dc:Rights=© Øur",
    "-XMP-xmpRights:WebStatement=https://a.example/terms",
  ],
};
RIGHTS.both = ["-codedcharacterset=utf8", "-IPTC:Credit=Wrong", "-EXIF:Artist=Wrong", ...RIGHTS.xmp];
const CAMERA = ["-GPSLatitude=38.7", "-GPSLatitudeRef=N", "-EXIF:SerialNumber=4711", "-EXIF:Make=Camera"];

/** Files with rights have their own. */
const credit = (name) => (name.split(".")[0] in RIGHTS ? "" : ' credit="Our office"');

let folder, derivatives, tags;

/** The picture of all originals, as libvips holds it: smooth, and unlike itself when it is turned. */
function scene() {
  const at = (name) => path.join(folder, `${name}.v`);
  vips("xyz", at("xy"), WIDTH, HEIGHT);
  vips("extract_band", at("xy"), at("x"), 0);
  vips("extract_band", at("xy"), at("y"), 1);
  vips("linear", at("x"), at("red"), 200 / WIDTH, 30);
  vips("linear", at("y"), at("green"), 180 / HEIGHT, 40);
  vips("linear", at("x"), at("blue"), 60 / WIDTH, 90);
  vips("bandjoin", ["red", "green", "blue"].map(at).join(" "), at("all"));
  vips("cast", at("all"), at("bytes"), "uchar");
  vips("copy", at("bytes"), at("scene"), "--interpretation", "srgb");
  return at("scene");
}

/** An original in the colours of a profile that libvips brings along. */
function inProfile(from, profile, to) {
  const middle = path.join(folder, `${profile}.v`);
  vips("icc_transform", from, middle, profile, "--input-profile", "srgb", "--intent", "perceptual");
  vips("jpegsave", middle, to, "--Q", 95);
}

const COLOURS = {
  "p3.jpg": (from, to) => inProfile(from, "p3", to),
  "cmyk.jpg": (from, to) => inProfile(from, "cmyk", to),
  "deep.png": (from, to) => {
    const wide = path.join(folder, "wide.v");
    vips("linear", from, wide, 257, 0);
    vips("cast", wide, `${wide}16.v`, "ushort");
    vips("copy", `${wide}16.v`, `${wide}rgb.v`, "--interpretation", "rgb16");
    vips("pngsave", `${wide}rgb.v`, to);
  },
};
const TURNED = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`turned${n}.jpg`, n]));

before(() => {
  const root = path.join(temporary("derivatives"), "newsroom");
  fs.cpSync(sources(), root, { recursive: true });
  folder = temporary("derivatives-work");
  const story = path.join(root, "content/news/2026/11/02");
  fs.mkdirSync(story, { recursive: true });
  const file = (name) => path.join(story, name);
  const from = scene();
  for (const [name, made] of Object.entries(COLOURS)) made(from, file(name));
  for (const [name, turn] of Object.entries(TURNED)) {
    vips("jpegsave", from, file(name), "--Q", 95);
    run("exiftool", ["-q", "-overwrite_original", `-Orientation#=${turn}`, file(name)]);
  }
  for (const [name, written] of Object.entries(RIGHTS)) {
    vips("jpegsave", from, file(`${name}.jpg`), "--Q", 95);
    run("exiftool", ["-q", "-m", "-overwrite_original", ...written, ...CAMERA, file(`${name}.jpg`)]);
  }
  const names = [...Object.keys(COLOURS), ...Object.keys(TURNED), ...Object.keys(RIGHTS).map((name) => `${name}.jpg`)];
  const lines = names.map((name) => `::: figure src="${name}" alt="Colours"${credit(name)}\n:::\n`);
  const head = `+++\ntitle = "Colours"\ndate = 2026-11-02\n+++\n`;
  fs.writeFileSync(file("colours.md"), head + lines.join("\n"));
  const out = temporary("derivatives-dist");
  build(out, { root });
  const site = path.join(out, "site");
  const all = fs.readdirSync(site, { recursive: true }).map((name) => path.join(site, name));
  derivatives = (stem) => all.filter((name) => new RegExp(`^${stem}-\\d+w\\.`).test(path.basename(name)));
  tags = (name) => JSON.parse(run("exiftool", ["-json", "-G1", "-a", "-n", name]))[0];
});

/** How far two files are from each other, on average. */
function distance(a, b) {
  const [difference, positive] = ["difference.v", "positive.v"].map((name) => path.join(folder, name));
  vips("subtract", a, b, difference);
  vips("abs", difference, positive);
  return Number(vips("avg", positive));
}

const size = (file) => ["width", "height"].map((name) => Number(run("vipsheader", ["-f", name, file])));

/** How far a derivative is from an original in its size, as libvips resizes it; 0 for one that shows a part alone. */
function deviation(derivative, original) {
  const [[width, height], [w, h]] = [size(derivative), size(original)];
  if (Math.abs(width / height - w / h) > 0.01) return 0;
  const to = path.join(folder, "expected.v");
  vips("resize", original, to, width / w, "--vscale", height / h);
  return distance(derivative, to);
}

test("colours of profiles, inks and deep pixels come out as libvips has them", () => {
  const original = path.join(folder, "scene.v");
  for (const name of Object.keys(COLOURS)) {
    const found = derivatives(name.split(".")[0]);
    assert.ok(found.length > 2, name);
    for (const derivative of found) {
      const far = deviation(derivative, original);
      // Inks cannot show all colours.
      assert.ok(far < (name === "cmyk.jpg" ? 3 * TOLERANCE : TOLERANCE), `${derivative}: ${far}`);
    }
  }
});

test("pictures come out upright, whatever the camera was held like", () => {
  const original = path.join(folder, "scene.v");
  for (const [name, turn] of Object.entries(TURNED)) {
    const upright = path.join(folder, "upright.v");
    vips("copy", original, path.join(folder, "turned.jpg"));
    run("exiftool", ["-q", "-overwrite_original", `-Orientation#=${turn}`, path.join(folder, "turned.jpg")]);
    vips("autorot", path.join(folder, "turned.jpg"), upright);
    const found = derivatives(name.split(".")[0]).filter((derivative) => derivative.endsWith(".webp"));
    assert.ok(found.length > 1, name);
    for (const derivative of found) {
      const far = deviation(derivative, upright);
      assert.ok(far < TOLERANCE, `${derivative}: ${far}`);
      assert.equal(tags(derivative)["IFD0:Orientation"], undefined, derivative);
    }
  }
});

test("every derivative says whose it is, and nothing else", () => {
  for (const name of Object.keys(RIGHTS)) {
    const found = derivatives(name);
    assert.ok(found.length > 2, name);
    for (const derivative of found) {
      const said = tags(derivative);
      assert.equal(said["XMP-dc:Creator"], name === "latin" ? "Zoë – Luk" : "Zoë Łuk", derivative);
      assert.equal(said["XMP-photoshop:Credit"], "Øur office", derivative);
      assert.equal(said["XMP-dc:Rights"], "© Øur", derivative);
      if (RIGHTS[name].includes(RIGHTS.xmp.at(-1))) {
        assert.equal(said["XMP-xmpRights:WebStatement"], "https://a.example/terms", derivative);
      }
      for (const tag of Object.keys(said)) assert.doesNotMatch(tag, /GPS|Serial|:Make$/, derivative);
      assert.equal(said["ExifTool:Warning"], undefined, derivative);
    }
  }
});
