// Protects that a page checks a password as the sidecar does: the rules' patterns are compared with the table that the
// sidecar's own test reads.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

const read = (name) =>
  JSON.parse(fs.readFileSync(new URL(`../auth-sidecar/contract/tests/${name}`, import.meta.url), "utf8"));
const policies = read("password-rules.json");
const rows = read("passwords.json");

for (const [policy, rules] of Object.entries(policies)) {
  // Scripts use the flag `u`, the attribute `pattern` uses `v`.
  for (const flag of ["u", "v"]) {
    test(`the patterns of ${policy} agree with the sidecar, with the flag ${flag}`, () => {
      const patterns = rules.map(({ name, pattern }) => ({ name, pattern: new RegExp(pattern, flag) }));
      for (const row of rows) {
        const unmet = patterns.filter(({ pattern }) => !pattern.test(row.password)).map(({ name }) => name);
        assert.deepEqual(unmet, row[policy], JSON.stringify(row.password));
      }
    });
  }
}

test("the table has normalised passwords of all kinds", () => {
  assert.ok(rows.length >= 60);
  for (const { password } of rows) assert.equal(password, password.normalize("NFC"), JSON.stringify(password));
  for (const { name } of policies.composition) {
    assert.ok(rows.some((row) => row.composition.includes(name)), `no row has ${name}`);
    assert.ok(rows.some((row) => !row.composition.includes(name)), `every row has ${name}`);
  }
});
