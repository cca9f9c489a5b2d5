// Protects confirmed changes: the service is killed at random moments under load, and loses none of them, nor any mail.
// Three kills; `scripts/soak` does many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killing } from "./kills.mjs";

test("a kill loses no confirmed change and no mail", async () => {
  const done = await killing(3, 20261124);
  assert.ok(done.kills >= 3);
  assert.ok(done.truths > 0 && done.mails > 0, JSON.stringify(done));
});
