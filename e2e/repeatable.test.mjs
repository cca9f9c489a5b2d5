// Protects reproducible builds: the same sources give the same bytes, wherever and whenever they are built and in
// whatever order they are read; and a build that changes nothing writes nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { build, dist, sources, temporary, walk } from "./lib/newsroom.mjs";

/** Copies the sources file by file in reverse order, so that folders list them in another order. */
function copyBackwards(to) {
  for (const folder of ["themes", "content"]) {
    for (const file of walk(path.join(sources(), folder)).reverse()) {
      const target = path.join(to, folder, file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.copyFileSync(path.join(sources(), folder, file), target);
      fs.utimesSync(target, 1, 1);
    }
  }
}

/** The tree as a map from path to fingerprint, without what only later builds use. */
function fingerprints(dir) {
  const files = walk(dir).filter((file) => /^(site|edge|sidecar)\//.test(file));
  return Object.fromEntries(
    files.map((file) => [file, createHash("sha256").update(fs.readFileSync(path.join(dir, file))).digest("hex")]),
  );
}

test("another folder, time zone, language and number of threads give the same tree", () => {
  const root = path.join(temporary("elsewhere"), "another newsroom");
  copyBackwards(root);
  const out = temporary("again");
  build(out, {
    root,
    env: { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", RAYON_NUM_THREADS: "1" },
  });
  assert.deepEqual(fingerprints(out), fingerprints(dist()));
});

test("a second build into the same folder writes nothing", () => {
  const out = temporary("twice");
  build(out);
  const times = () => walk(out).map((file) => [file, fs.statSync(path.join(out, file)).mtimeMs]);
  const before = times();
  const said = build(out);
  assert.match(said, / 0 written/);
  assert.deepEqual(times(), before);
});

test("no file of the tree reveals where or by whom it was built", () => {
  // Names that occur in no story.
  const [user, host, out] = ["zyzzyva-of-the-desk", "zyzzyva-machine", temporary("told")];
  build(out, { env: { USER: user, LOGNAME: user, HOSTNAME: host } });
  const names = [sources(), out, user, host];
  for (const file of walk(out).filter((f) => /^(site|edge|sidecar)\//.test(f))) {
    const bytes = fs.readFileSync(path.join(out, file));
    for (const name of names) assert.ok(!bytes.includes(name), `${file} holds ${name}`);
  }
});
