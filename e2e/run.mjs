// Builds the sample newsroom once, then runs every *.test.mjs here against it.
//
//     node e2e/run.mjs [FILE...] [--test-name-pattern=…]
//
// With DATELINE_E2E_FRONT (lib/front.mjs) and no FILE, all tests with requests to the sidecar, behind nginx.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FRONT } from "./lib/front.mjs";
import { build, DATELINE, SIDECAR, sources, temporary } from "./lib/newsroom.mjs";

// A build that runs meanwhile must not replace the programs under test.
const programs = temporary("programs");
const here = path.dirname(fileURLToPath(import.meta.url));
for (const binary of [DATELINE, SIDECAR]) {
  if (!fs.existsSync(binary)) {
    console.error(`${binary} is missing: cargo build --release --locked --workspace`);
    process.exit(1);
  }
  fs.copyFileSync(binary, path.join(programs, path.basename(binary)));
}

const dist = temporary("dist");
try {
  process.stdout.write(build(dist));
} catch (error) {
  console.error(error.stderr ?? error.message);
  process.exit(1);
}

const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith("--"));
const named = given.filter((argument) => !argument.startsWith("--"));
/** Whether a test starts the sidecar by a function of lib/ that puts nginx in front of it. */
const talks = (file) => /\b(newsdesk|vaultRoom|sidecar|killing)\(/.test(fs.readFileSync(path.join(here, file), "utf8"));
const tests = fs.readdirSync(here).filter((file) => file.endsWith(".test.mjs") && (!FRONT || talks(file)));
const files = named.length > 0 ? named : tests.sort().map((file) => path.join(here, file));
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-reporter=spec", "--test-concurrency=2", ...options, ...files],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      DATELINE_E2E_SOURCES: sources(),
      DATELINE_E2E_DIST: dist,
      DATELINE_BIN: path.join(programs, path.basename(DATELINE)),
      DATELINE_SIDECAR_BIN: path.join(programs, path.basename(SIDECAR)),
    },
  },
);
process.exit(status ?? 1);
