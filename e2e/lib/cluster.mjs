// A PostgreSQL primary with a streaming replica, from the system's packages, on loopback. They end with this process.
import { execFile, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { freePort, temporary } from "./newsroom.mjs";
import { asOwner, folderOfPrograms } from "./postgres.mjs";

const words = (name, args) => asOwner([path.join(folderOfPrograms(), name), ...args]);
function run(name, ...args) {
  const [command, ...rest] = words(name, args);
  return execFileSync(command, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A process and those that it has started. */
function family(pid) {
  const children = fs.existsSync(`/proc/${pid}/task/${pid}/children`)
    ? fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number)
    : [];
  return [pid, ...children.flatMap(family)];
}

class Server {
  constructor(data, port) {
    Object.assign(this, { data, port });
  }

  async start() {
    const [command, ...rest] = words("postgres", ["-D", this.data]);
    const log = fs.openSync(path.join(path.dirname(this.data), "log"), "a");
    this.child = spawn(command, rest, { stdio: ["ignore", log, log] });
    this.child.unref();
    this.ended = new Promise((done) => this.child.once("exit", done));
    process.on("exit", () => this.signal("SIGKILL"));
    for (const until = Date.now() + 60_000; ; await new Promise((later) => setTimeout(later, 50))) {
      try {
        return this.sql("SELECT 1");
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
  }

  sql(statement, database = "postgres") {
    const to = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", `${this.port}`, "-U", "postgres"];
    return execFileSync("psql", [...to, "-d", database, "-c", statement], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  /** To all its processes: `SIGKILL`, or `SIGSTOP` for a server that hangs and refuses nothing. */
  signal(name) {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    for (const pid of family(this.child.pid)) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** Makes a replica the primary. */
  async promote() {
    const [command, ...rest] = words("pg_ctl", ["promote", "-w", "-D", this.data]);
    await promisify(execFile)(command, rest);
  }
}

/** Settings of both. Only the machine's end could lose what was not written through, and no test ends that. */
const settings = (dir, port) => `
port = ${port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '${dir}'
fsync = off
wal_level = replica
max_connections = 60
`;

/**
 * A primary, and a replica that has whatever was committed: `{ primary, replica, address }`, which is of both, as the
 * setting `database` has it.
 */
export async function cluster() {
  const dir = temporary("postgres");
  if (process.getuid() === 0) execFileSync("chown", ["postgres", dir]);
  const at = async (name) => {
    const home = path.join(dir, name);
    fs.mkdirSync(home);
    if (process.getuid() === 0) execFileSync("chown", ["postgres", home]);
    return new Server(path.join(home, "data"), await freePort());
  };
  const [primary, replica] = [await at("primary"), await at("replica")];
  const set = ({ data, port }) => fs.appendFileSync(path.join(data, "postgresql.conf"), settings(path.dirname(data), port));
  run("initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", primary.data);
  set(primary);
  await primary.start();
  primary.sql("CREATE DATABASE dateline");
  const from = `host=127.0.0.1 port=${primary.port} user=postgres application_name=replica`;
  run("pg_basebackup", "--no-sync", "-R", "-X", "stream", "-c", "fast", "-d", from, "-D", replica.data);
  set(replica);
  await replica.start();
  // After the copy, so that the replica waits for nobody once it is the primary.
  primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'replica'");
  primary.sql("SELECT pg_reload_conf()");
  const hosts = [primary, replica].map(({ port }) => `127.0.0.1:${port}`).join(",");
  return { primary, replica, address: `postgres://postgres@${hosts}/dateline?target_session_attrs=read-write` };
}
