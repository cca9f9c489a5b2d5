// Reads and changes the sidecar's database from outside, by Python, since Node.js 20 has no SQLite.
import { execFileSync } from "node:child_process";

const SCRIPT = `
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
rows = database.execute(sys.argv[2], json.loads(sys.argv[3])).fetchall()
database.commit()
print(json.dumps(rows))
`;

/** Runs one statement and returns its rows. */
export function sql(file, statement, ...values) {
  const args = ["-c", SCRIPT, file, statement, JSON.stringify(values)];
  return JSON.parse(execFileSync("python3", args, { encoding: "utf8" }));
}
