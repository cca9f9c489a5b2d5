// Protects what pictures carry: whoever saves one can tell whose it is, and nobody can tell where its photographer
// stood. ExifTool, which knows nothing of Dateline, writes the files and reads what is published.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { DATELINE, build, sources, temporary } from "./lib/newsroom.mjs";

const run = (program, args) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });

const FORMATS = ["jpg", "png", "webp", "gif", "avif"].flatMap((ending) => ["-ext", ending]);

/** What a camera leaves. */
const CAMERA = [
  "-GPSLatitude=38.7", "-GPSLatitudeRef=N", "-GPSLongitude=9.1", "-GPSLongitudeRef=W",
  "-XMP-exif:GPSLatitude=38.7", "-EXIF:SerialNumber=4711", "-EXIF:LensSerialNumber=4712", "-EXIF:Make=Camera",
  "-EXIF:UserComment=private", "-Orientation#=6",
];
const IIM = ["-IPTC:By-line=Zoë Łuk", "-IPTC:Credit=Øur office", "-IPTC:CopyrightNotice=© 2026 Øur office"];
const XMP = [
  "-XMP-dc:Creator=Zoë Łuk", "-XMP-photoshop:Credit=Øur office", "-XMP-dc:Rights=© 2026 Øur office",
  "-XMP-xmpRights:UsageTerms=Free for news", "-XMP-xmpRights:WebStatement=https://a.example/terms",
  "-XMP-plus:LicensorURL=https://a.example/licence", "-XMP-photoshop:Instructions=private",
];

/** File, how it is written, and the creator if it is another one. */
const LAYOUTS = [
  ["iim.jpg", ["-codedcharacterset=utf8", ...IIM, ...CAMERA]],
  ["latin.jpg", ["-charset", "iptc=Latin", ...IIM.slice(1), "-IPTC:By-line=Zoë – Luk"], "Zoë – Luk"],
  ["xmp.jpg", [...XMP, ...CAMERA, "-Comment=private"]],
  ["both.jpg", ["-codedcharacterset=utf8", "-IPTC:Credit=Wrong", "-EXIF:Artist=Wrong", ...XMP, ...CAMERA]],
  ["png.png", [...XMP, ...CAMERA]],
  ["webp.webp", [...XMP, ...CAMERA]],
  ["gif.gif", [...XMP, "-Comment=private"]],
  ["avif.avif", [...XMP, ...CAMERA]],
];

let root, out, all, published;
before(() => {
  root = path.join(temporary("pictures"), "newsroom");
  fs.cpSync(sources(), root, { recursive: true });
  const folder = path.join(root, "content/news/2026/11/01");
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, tags] of LAYOUTS) {
    const target = path.join(folder, file);
    run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", target]);
    run("exiftool", ["-q", "-m", "-overwrite_original", ...tags, target]);
  }
  fs.copyFileSync(path.join(folder, "both.jpg"), path.join(root, "content/static/both.jpg"));
  const body = LAYOUTS.map(([file]) => `![A test card](${file})\n`).join("\n");
  fs.writeFileSync(
    path.join(folder, "cards.md"),
    `+++\ntitle = "Test cards"\ndate = 2026-11-01\n` +
      `image = { src = "iim.jpg", alt = "A test card", caption = "Cards & “colours”", credit = "Front matter" }\n` +
      `+++\n${body}`,
  );
  out = temporary("pictures-dist");
  build(out, { root });
  all = JSON.parse(run("exiftool", ["-json", "-G1", "-a", "-r", "-n", ...FORMATS, out]));
  const used = all.filter((tags) => tags.SourceFile.includes("/files/"));
  published = (start) => used.find((tags) => path.basename(tags.SourceFile).startsWith(start));
});

test("each published picture says whose it is", () => {
  for (const [file, tags, creator] of LAYOUTS) {
    const [stem, ending] = file.split(".");
    const found = published(`${stem}.`);
    assert.equal(found["XMP-dc:Creator"], creator ?? "Zoë Łuk", file);
    assert.equal(found["XMP-dc:Rights"], "© 2026 Øur office", file);
    const credit = file === "iim.jpg" ? "Front matter" : "Øur office";
    assert.equal(found["XMP-photoshop:Credit"], credit, file);
    if (tags.includes(XMP[0])) {
      assert.equal(found["XMP-xmpRights:WebStatement"], "https://a.example/terms", file);
      assert.equal(found["XMP-xmpRights:UsageTerms"], "Free for news", file);
      assert.equal(found["XMP-plus:LicensorURL"], "https://a.example/licence", file);
    }
    if (ending === "jpg") {
      assert.equal(found["IPTC:By-line"], creator ?? "Zoë Łuk", file);
      assert.equal(found["IPTC:CopyrightNotice"], "© 2026 Øur office", file);
      assert.equal(found["IPTC:Credit"], credit, file);
    }
    assert.equal(found["XMP-iptcCore:AltTextAccessibility"], "A test card", file);
    assert.equal(found["ExifTool:Warning"], undefined, file);
  }
  const ofStatic = all.find((tags) => tags.SourceFile.endsWith("site/both.jpg"));
  assert.equal(ofStatic["XMP-dc:Creator"], "Zoë Łuk");
  assert.equal(published("iim.")["XMP-dc:Description"], "Cards & “colours”");
  assert.equal(published("iim.")["IPTC:Caption-Abstract"], "Cards & “colours”");
});

test("no published picture says where a picture was made, with what, or anything private", () => {
  assert.ok(all.length > LAYOUTS.length);
  for (const { SourceFile, ...tags } of all) {
    for (const [name, value] of Object.entries(tags)) {
      assert.doesNotMatch(name, /GPS|Serial|Thumbnail|MakerNote|:Make$|Instructions|Comment/, SourceFile);
      assert.notEqual(value, "private", `${SourceFile} ${name}`);
    }
  }
});

test("pixels and the way a picture is turned stay", () => {
  const pixels = (file) => run("ffmpeg", ["-v", "error", "-noautorotate", "-i", file, "-f", "framemd5", "-"]);
  for (const [file, tags] of LAYOUTS) {
    const found = published(`${file.split(".")[0]}.`);
    assert.equal(pixels(found.SourceFile), pixels(path.join(root, "content/news/2026/11/01", file)), file);
    // An AVIF is turned by its own properties alone (ISO 23008-12), and EXIF is left out of it.
    const turned = tags.includes("-Orientation#=6") && !file.endsWith(".avif") ? 6 : undefined;
    assert.equal(found["IFD0:Orientation"], turned, file);
  }
});

test("the command says what is in a picture, before and after", () => {
  const facts = (file) => JSON.parse(run(DATELINE, ["media", "facts", "--json", file]));
  const before = facts(path.join(root, "content/static/both.jpg"));
  assert.equal(before.rights.licence, "https://a.example/terms");
  assert.deepEqual(before.contradictions.map(({ field, other }) => [field, other]), [
    ["credit", "IPTC IIM"],
    ["creator", "EXIF"],
  ]);
  assert.ok(before.private.includes("GPS position"));
  const after = facts(path.join(out, "site/both.jpg"));
  assert.deepEqual([after.private, after.contradictions], [[], []]);
});
