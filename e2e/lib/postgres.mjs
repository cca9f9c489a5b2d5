// A PostgreSQL server of a test's own, from the system's packages.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { freePort, temporary } from "./newsroom.mjs";

/** Debian keeps its programs out of PATH. */
export function folderOfPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = fs.existsSync(debian) ? fs.readdirSync(debian).sort() : [];
  const folders = [...process.env.PATH.split(":"), ...versions.map((version) => path.join(debian, version, "bin"))];
  const found = folders.findLast((folder) => fs.existsSync(path.join(folder, "initdb")));
  if (!found) throw new Error("PostgreSQL is missing: scripts/test says how to install it");
  return found;
}

/** A command as the user of PostgreSQL, which refuses to run as root. */
export const asOwner = (command) =>
  process.getuid() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", ...command] : command;

/** Starts a server with this user (a superuser) and database: `{ port, folder, stop }`. It ends with this process. */
export async function startPostgres({ user, password, database }) {
  const programs = folderOfPrograms();
  const dir = temporary("postgres");
  const data = path.join(dir, "data");
  const secret = path.join(dir, "password");
  fs.writeFileSync(secret, password);
  if (process.getuid() === 0) execFileSync("chown", ["-R", "postgres", dir]);
  const run = (name, ...args) => {
    const [program, ...rest] = asOwner([path.join(programs, name), ...args]);
    return execFileSync(program, rest, { stdio: ["ignore", "ignore", "pipe"], cwd: dir });
  };
  run("initdb", "--no-sync", "-A", "scram-sha-256", "-U", user, `--pwfile=${secret}`, "--locale=C.UTF-8", "-E", "UTF8", "-D", data);
  const port = await freePort();
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: dir, fsync: "off" };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program, ...rest] = asOwner([path.join(programs, "postgres"), "-D", data, ...options]);
  const log = fs.openSync(path.join(dir, "log"), "a");
  const child = spawn(program, rest, { stdio: ["ignore", log, log], cwd: dir });
  child.unref();
  process.on("exit", () => child.kill("SIGQUIT"));
  const ended = new Promise((done) => child.once("exit", done));
  const env = { ...process.env, PGPASSWORD: password };
  const psql = (into, statement) =>
    execFileSync("psql", ["-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", user, "-d", into, "-c", statement], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  for (const until = Date.now() + 120_000; ; ) {
    try {
      psql("postgres", "SELECT 1");
      break;
    } catch (error) {
      if (Date.now() > until || child.exitCode !== null) throw new Error(fs.readFileSync(path.join(dir, "log"), "utf8"), { cause: error });
    }
    await new Promise((later) => setTimeout(later, 50));
  }
  psql("postgres", `CREATE DATABASE ${database}`);
  return {
    port,
    sql: (statement) => psql(database, statement),
    stop() {
      child.kill("SIGQUIT");
      return ended;
    },
  };
}
