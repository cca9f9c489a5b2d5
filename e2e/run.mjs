// Builds the sample newsroom once, then runs every *.test.mjs here against it.
//
//     node e2e/run.mjs [FILE...] [--test-name-pattern=…]
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, DATELINE, SIDECAR, temporary } from "./lib/newsroom.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
for (const binary of [DATELINE, SIDECAR]) {
  if (!fs.existsSync(binary)) {
    console.error(`${binary} is missing: cargo build --release --locked --workspace`);
    process.exit(1);
  }
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
const tests = fs.readdirSync(here).filter((file) => file.endsWith(".test.mjs"));
const files = named.length > 0 ? named : tests.sort().map((file) => path.join(here, file));
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-reporter=spec", "--test-concurrency=2", ...options, ...files],
  { stdio: "inherit", env: { ...process.env, DATELINE_E2E_DIST: dist } },
);
process.exit(status ?? 1);
