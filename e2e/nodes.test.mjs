// Protects what was answered by several sidecars on one database: sidecars are killed, and the database fails over to its
// replica. One run; `scripts/soak` does twenty.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodes } from "./nodes.mjs";

test("three sidecars lose nothing while they are killed and their database fails over", async () => {
  const done = await nodes({ seconds: 24, every: 4000, how: "SIGKILL", seed: 20261129, recovery: 20_000 });
  assert.ok(done.kills >= 2 && done.truths > 0 && done.mails > 0, JSON.stringify(done));
  console.log(JSON.stringify(done));
});
