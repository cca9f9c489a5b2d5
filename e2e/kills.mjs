// Kills the sidecar at random moments under load. After each start it checks that everything the sidecar had confirmed
// still holds, and at the end that all mail arrived; twice only with the same Message-ID and a kill in between.
//
//     node e2e/kills.mjs [KILLS]        default 10; DATELINE_E2E_SEED repeats a run's choices
//
// Each account has a model: the confirmed state, and `doing`, the call that a kill may have interrupted. After a start
// that call was done completely or not at all; then everything it touched is checked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import process from "node:process";
import { setTimeout as later } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, settings, sidecar, UNLIMITED } from "./lib/accounts.mjs";
import { sql } from "./lib/database.mjs";
import { mailServer } from "./lib/mail-server.mjs";
import { freePort, SIDECAR, temporary } from "./lib/newsroom.mjs";
import { isCutOff, randomly, readers } from "./lib/readers.mjs";

const WORKERS = 4;
/** Answers between two kills at most, on a fast machine. */
const MOST_ANSWERS = 40;
/** How long a kill is waited for, if answers take longer. */
const REST = 500;
/** Longer than a lease, which delays a mail after a kill. */
const PATIENCE = 300_000;

export async function killing(count, seed) {
  const random = randomly(seed);
  // A little slow, so that kills interrupt deliveries. Mail of a killed program may still be read afterwards: its
  // connection identifies the program.
  const programOf = new Map();
  const mails = await mailServer({
    hooks: {
      connect: ({ connection }) => void programOf.set(connection, kills),
      taken: () => later(random() * 20),
    },
  });
  const database = path.join(temporary("kills"), "accounts.db");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const mail = `smtp://127.0.0.1:${mails.port}?tls=none`;
  const options = { mail, port, env: { ...UNLIMITED, DATELINE_AUTH_DATABASE: `sqlite:${database}` } };
  const only = (query) => sql(database, query)[0][0];
  const broken = (what) => new Error(`VIOLATION (seed ${seed}): ${what}`);

  let kills = 0;
  const model = readers({ mails, random, broken, newClient: () => new Client(origin) });
  const { accounts, counts, pick, step, settle, checkAll } = model;

  let program;
  async function kill(child) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    kills += 1;
  }
  /** Starts it; sometimes after a start that is killed at once. */
  async function begin() {
    if (random() < 0.2) {
      const early = spawn(SIDECAR, ["serve"], { env: { ...process.env, ...(await settings(options)) }, stdio: "ignore" });
      await later(random() * 60);
      await kill(early);
    }
    program = await sidecar(options);
  }

  /** A random moment: after one answer or more, and a random part of the time that one took. */
  async function somewhere(isAlive) {
    const [begun, first] = [Date.now(), counts.answers];
    const enough = first + 1 + Math.floor(random() * MOST_ANSWERS);
    while (isAlive() && counts.answers < enough && (counts.answers === first || Date.now() - begun < REST)) await later(1);
    await later((random() * (Date.now() - begun)) / Math.max(1, counts.answers - first));
  }

  const failures = [];
  const came = new Map();
  mails.arrivals.on("mail", ({ messageId, to, connection }) => {
    const from = programOf.get(connection);
    if (came.get(messageId) === from) failures.push(broken(`a mail to ${to} came twice without a kill in between`));
    came.set(messageId, from);
  });

  await begin();
  try {
    for (let round = 1; round <= count; round += 1) {
      let alive = true;
      const work = async (worker) => {
        while (alive) {
          await step(worker).catch((error) => {
            if (!isCutOff(error)) failures.push(error);
            alive = false;
          });
          await later(1);
        }
      };
      const workers = Array.from({ length: WORKERS }, (_, worker) => work(worker));
      await somewhere(() => alive);
      await kill(program.child);
      alive = false;
      await Promise.all(workers);
      if (program.said.includes("panicked")) failures.push(broken(program.said));
      await begin();
      for (const account of accounts) await settle(account);
      await checkAll([...accounts.filter(({ touched }) => touched), pick(accounts)].filter(Boolean));
      if (failures.length > 0) throw failures[0];
      if (round % 50 === 0) console.log(`${kills} kills, ${counts.truths} answers still true, ${came.size} mails`);
    }

    const waiting = () => only("SELECT count(*) FROM outbox WHERE kind <> 'none' AND state = 1");
    for (const until = Date.now() + PATIENCE; waiting() > 0; await later(1000)) {
      if (Date.now() > until) throw broken(`${waiting()} mails still wait`);
    }
    await checkAll(accounts);
    model.checkMails();
    if (failures.length > 0) throw failures[0];
    const aside = only("SELECT count(*) FROM outbox WHERE state <> 1");
    if (aside > 0) throw broken(`${aside} mails were set aside`);
    await program.stop();
    const sound = only("PRAGMA integrity_check");
    if (sound !== "ok") throw broken(`the database is not sound: ${sound}`);
  } finally {
    program.child.kill("SIGKILL");
    await mails.close();
  }
  return { kills, truths: counts.truths, mails: came.size, duplicates: mails.taken.length - came.size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = Number(process.argv[2] ?? 10);
  if (!Number.isInteger(count) || count < 1) {
    console.error("usage: node e2e/kills.mjs [KILLS]");
    process.exit(2);
  }
  const seed = Number(process.env.DATELINE_E2E_SEED ?? Date.now() % 2 ** 32);
  console.log(`seed ${seed}`);
  try {
    const done = await killing(count, seed);
    console.log(`${done.kills} kills, ${done.truths} answers still true, ${done.mails} mails, ${done.duplicates} duplicates`);
    process.exit(0);
  } catch (error) {
    console.error(error.message.startsWith("VIOLATION") ? error.message : error.stack);
    process.exit(1);
  }
}
