// Protects what was answered: killed at random moments under load, the accounts keep all of it, and every mail
// comes. Three kills; `scripts/soak` does many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killing } from "./kills.mjs";

test("after a kill every answer is still true, and no mail is lost", async () => {
  const done = await killing(3, 20261124);
  assert.ok(done.kills >= 3);
  assert.ok(done.truths > 0 && done.mails > 0, JSON.stringify(done));
});
