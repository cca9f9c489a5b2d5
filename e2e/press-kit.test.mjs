// Protects press kits: an archive opens with the programs that newsrooms have, holds rights and no positions, is the
// same in every build, and a download that was cut off goes on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { DATELINE, build, temporary } from "./lib/newsroom.mjs";
import { startNginx } from "./lib/web-servers.mjs";

const run = (program, args, options = {}) => execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
const sha256 = (file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

const KIT = "en/news/2026/11/01/kit/kit-press-kit.zip";
const NAMES = ["Été à Évora.jpg", "يد.jpg", "aux.jpg"];

let root, out, kit, server;
before(async () => {
  root = path.join(temporary("press-kit"), "newsroom");
  run(DATELINE, ["init", root], { stdio: "pipe" });
  fs.appendFileSync(path.join(root, "content/site.toml"), '\n[languages.fr]\nname = "Français"\n');
  const folder = path.join(root, "content/news/2026/11/01/kit");
  fs.mkdirSync(folder, { recursive: true });
  for (const name of NAMES) {
    const target = path.join(folder, name);
    run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=3200x1800", "-frames:v", "1", "-q:v", "2", target]);
    const tags = ["-GPSLatitude=38.7", "-GPSLatitudeRef=N", "-XMP-photoshop:Credit=Øur office", "-XMP-dc:Rights=© Øur office"];
    run("exiftool", ["-q", "-overwrite_original", ...tags, target]);
  }
  const body = NAMES.map((name) => `::: figure src="${name}" alt="A test card"\nCard *one*.\n:::\n`).join("\n");
  const head = (title) => `+++\ntitle = "${title}"\ndate = 2026-11-01T10:00:00Z\n+++\n`;
  fs.writeFileSync(path.join(folder, "index.md"), head("Test cards") + body);
  fs.writeFileSync(path.join(folder, "index.fr.md"), `+++\ntitle = "Mires"\n+++\nUn texte.\n`);
  out = temporary("press-kit-dist");
  build(out, { root });
  kit = path.join(out, "site", KIT);
  server = await startNginx({ site: path.join(out, "site"), edge: path.join(out, "edge") });
});
after(() => server?.stop());

test("unzip, 7-Zip and Python find the same files and no fault", () => {
  run("unzip", ["-tq", kit]);
  assert.match(run("7z", ["t", kit]), /Everything is Ok/);
  const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print('\\n'.join(z.namelist()))";
  const names = run("python3", ["-c", script, kit], { env: { ...process.env, PYTHONIOENCODING: "utf8" } }).trim().split("\n");
  const texts = ["text.en.txt", "text.en.html", "text.fr.txt", "text.fr.html", "captions.txt", "rights.txt"];
  assert.deepEqual(names, [...texts, NAMES[0], NAMES[1], "_aux.jpg"].map((name) => `kit/${name}`));
});

test("pictures have their rights and no position; captions name them", () => {
  const folder = temporary("press-kit-open");
  run("unzip", ["-q", kit, "-d", folder], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  const all = JSON.parse(run("exiftool", ["-json", "-G1", "-a", "-r", "-ext", "jpg", folder]));
  assert.equal(all.length, NAMES.length);
  for (const one of all) {
    assert.equal(one["XMP-photoshop:Credit"], "Øur office");
    assert.deepEqual(Object.keys(one).filter((key) => /gps/i.test(key)), []);
  }
  const captions = fs.readFileSync(path.join(folder, "kit/captions.txt"), "utf8");
  for (const line of ["_aux.jpg", NAMES[1], "Caption: Card one.", "Credit: Øur office", "Crédit : Øur office"]) {
    assert.ok(captions.split("\n").includes(line), `${line}\n${captions}`);
  }
  const html = fs.readFileSync(path.join(folder, "kit/text.en.html"), "utf8");
  assert.doesNotMatch(html, /(src|href)="\//);
});

test("two builds make the same bytes", () => {
  const other = temporary("press-kit-again");
  build(other, { root });
  assert.equal(sha256(path.join(other, "site", KIT)), sha256(kit));
});

test("a download that was cut off goes on", () => {
  const target = path.join(temporary("press-kit-download"), "kit.zip");
  const address = `${server.origin}/${KIT}`;
  run("curl", ["-sf", "-r", "0-99999", "-o", target, address]);
  assert.equal(fs.statSync(target).size, 100_000);
  run("curl", ["-sf", "-C", "-", "-o", target, address]);
  assert.equal(sha256(target), sha256(kit));
  const headers = run("curl", ["-sfI", address]);
  assert.match(headers, /content-type: application\/zip/i);
  assert.doesNotMatch(headers, /immutable/);
});
