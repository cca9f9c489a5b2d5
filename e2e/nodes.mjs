// Three sidecars behind nginx, on a PostgreSQL primary with a streaming replica, under load on all calls. One sidecar is
// killed every few seconds, and in the middle the primary dies and the replica is promoted. Checks that nothing that was
// answered is lost, that errors come only while no primary stands and where a killed sidecar had the request in hand, and
// that no mail comes twice but for a kill or an outage in between.
//
//     node e2e/nodes.mjs [RUNS]        default 1; DATELINE_E2E_SEED repeats a run's choices
import { once } from "node:events";
import process from "node:process";
import { setTimeout as later } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, settings, sidecar, UNLIMITED } from "./lib/accounts.mjs";
import { startNginx } from "./lib/front.mjs";
import { mailServer } from "./lib/mail-server.mjs";
import { freePort, site, temporary } from "./lib/newsroom.mjs";
import { cluster } from "./lib/cluster.mjs";
import { isCutOff, randomly, readers } from "./lib/readers.mjs";

const NODES = 3;
const WORKERS = 5;
/** How long after a kill nginx may hand on a request without knowing of it. */
const UNKNOWN = 500;
/** Longer than a lease, which holds a mail back after a kill. */
const PATIENCE = 300_000;

/** A client that notes what failed, and when. */
class Watched extends Client {
  constructor(origin, failed) {
    super(origin);
    this.failed = failed;
  }

  async call(address, body) {
    const begun = Date.now();
    const note = (how) => this.failed.push({ address, begun, ended: Date.now(), how });
    try {
      const answer = await super.call(address, body);
      if (answer.status >= 500) note(`${answer.status} ${answer.body?.type}`);
      if (answer.status === 503 && !(answer.body.retry_after > 0)) throw new Error(`${address}: 503 without a time to wait`);
      return answer;
    } catch (error) {
      note(`${error.message} ${error.cause ?? ""}`);
      throw error;
    }
  }
}

/**
 * One run: so many seconds of load, a kill every so many, and the primary ended `how`: `SIGKILL`, or `SIGSTOP` for one
 * that hangs. Errors may go on for `recovery` after the promotion. With `wait`, the mails that a kill holds back are
 * waited for.
 */
export async function nodes({ seconds, every, how, seed, recovery, wait = false }) {
  const random = randomly(seed);
  const broken = (what) => new Error(`VIOLATION (seed ${seed}, ${how}): ${what}`);
  const disasters = [];
  const failed = [];
  const failures = [];
  const mails = await mailServer({ hooks: { taken: () => later(random() * 20) } });
  const { primary, replica, address } = await cluster();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const ports = [];
  for (let node = 0; node < NODES; node += 1) ports.push(await freePort());
  const nginx = await startNginx({ port, behind: ports, site: site(), media: temporary("media") });

  const states = ports.map(() => temporary("state"));
  const programs = [];
  async function begin(node) {
    const env = {
      ...UNLIMITED,
      DATELINE_AUTH_DATABASE: address,
      DATELINE_AUTH_STATE_DIR: states[node],
      DATELINE_AUTH_TRUSTED_PROXIES: "127.0.0.1",
      DATELINE_AUTH_BASE_URL: origin,
    };
    const mail = `smtp://127.0.0.1:${mails.port}?tls=none`;
    const listen = await settings({ port: ports[node], mail, env, alone: true });
    programs[node] = await sidecar({ port: ports[node], mail, env: listen, alone: true });
  }
  for (let node = 0; node < NODES; node += 1) await begin(node);

  const model = readers({ mails, random, broken, newClient: () => new Watched(origin, failed), shared: true });
  const { accounts, counts, step, settle } = model;
  const came = new Map();
  mails.arrivals.on("mail", ({ messageId, to, at }) => {
    came.set(messageId, [...(came.get(messageId) ?? []), { to, at }]);
  });

  const end = Date.now() + seconds * 1000;
  const isOver = () => Date.now() > end || failures.length > 0;
  async function work(worker) {
    while (!isOver()) {
      try {
        await step(worker);
      } catch (error) {
        if (!isCutOff(error)) failures.push(error);
        // What was in hand may still be done.
        await later(UNKNOWN);
        for (const account of accounts) {
          if (account.worker === worker) await settle(account).catch((error) => failures.push(error));
        }
      }
      await later(1);
    }
  }

  async function killSidecars() {
    for (let node = 0; !isOver(); node = (node + 1) % NODES) {
      await later(every);
      if (isOver()) return;
      const { child, said } = programs[node];
      if (said.includes("panicked")) failures.push(broken(said));
      disasters.push({ from: Date.now(), to: Date.now() + UNKNOWN, what: "a sidecar was killed" });
      child.kill("SIGKILL");
      await once(child, "exit");
      await later(every / 4);
      await begin(node);
    }
  }

  const outage = { what: "no primary", from: Infinity, to: Infinity };
  disasters.push(outage);
  async function failOver() {
    await later((seconds * 1000) / 2);
    outage.from = Date.now();
    primary.signal(how);
    await later(1000 + random() * 2000);
    await replica.promote();
    // A primary that hangs must not come back as one: whoever promotes sees to that.
    primary.signal("SIGKILL");
    outage.promoted = Date.now();
    outage.to = outage.promoted + recovery;
  }

  try {
    const all = [killSidecars(), failOver(), ...Array.from({ length: WORKERS }, (_, worker) => work(worker))];
    await Promise.all(all);
    if (failures.length > 0) throw failures[0];
    for (const account of accounts) await settle(account);
    await model.checkAll(accounts);

    const overlaps = ({ begun, ended }) => disasters.some(({ from, to }) => begun <= to && ended >= from);
    const unexplained = failed.filter((one) => !overlaps(one));
    if (unexplained.length > 0) throw broken(`failed without a cause: ${JSON.stringify(unexplained.slice(0, 5))}`);
    for (const [id, copies] of came) {
      const [first, last] = [copies[0].at, copies.at(-1).at];
      const explained = copies.length === 1 || overlaps({ begun: first - UNKNOWN, ended: last });
      if (!explained) throw broken(`the mail ${id} to ${copies[0].to} came ${copies.length} times`);
    }
    const waiting = () => Number(replica.sql("SELECT count(*) FROM outbox WHERE kind <> 'none' AND state = 1", "dateline"));
    for (const until = Date.now() + PATIENCE; wait && waiting() > 0; await later(1000)) {
      if (Date.now() > until) throw broken(`${waiting()} mails still wait`);
    }
    // What came between the two is counted as both.
    model.checkMails(waiting());
    const aside = Number(replica.sql("SELECT count(*) FROM outbox WHERE state <> 1", "dateline"));
    if (aside > 0) throw broken(`${aside} mails were set aside`);
  } finally {
    for (const { child } of programs) child.kill("SIGKILL");
    await nginx.stop();
    await mails.close();
    for (const server of [primary, replica]) server.signal("SIGKILL");
  }
  const killed = ({ begun, ended }) => disasters.some((one) => one !== outage && begun <= one.to && ended >= one.from);
  const after = failed.filter((one) => one.begun > outage.promoted && !killed(one)).map(({ begun }) => begun);
  return {
    kills: disasters.length - 1,
    answers: counts.answers,
    truths: counts.truths,
    mails: came.size,
    duplicates: [...came.values()].filter((copies) => copies.length > 1).length,
    failed: failed.length,
    /** How long after the promotion the last request began that failed. */
    recovery: Math.max(0, ...after.map((at) => at - outage.promoted)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = Number(process.argv[2] ?? 1);
  if (!Number.isInteger(count) || count < 1) {
    console.error("usage: node e2e/nodes.mjs [RUNS]");
    process.exit(2);
  }
  const first = Number(process.env.DATELINE_E2E_SEED ?? Date.now() % 2 ** 32);
  console.log(`seed ${first}`);
  try {
    for (let run = 0; run < count; run += 1) {
      const how = run % 2 === 0 ? "SIGKILL" : "SIGSTOP";
      const done = await nodes({ seconds: 60, every: 10_000, how, seed: first + run, recovery: 5000, wait: true });
      console.log(`${how}: ${JSON.stringify(done)}`);
    }
    process.exit(0);
  } catch (error) {
    console.error(error.message.startsWith("VIOLATION") ? error.message : error.stack);
    process.exit(1);
  }
}
