// Kills the sidecar at random moments under load, and checks after each start that whatever it had answered is
// still true, and at the end that all mail came, twice only under one name and with a kill in between.
//
//     node e2e/kills.mjs [KILLS]        default 10; DATELINE_E2E_SEED repeats a run's choices
//
// Each account has a model: what was answered, and `doing`, the call that a kill may have cut off. After a start
// that call is found out to have been done, or not, and nothing between; then all that was touched is checked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import process from "node:process";
import { setTimeout as later } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, PASSWORD, settings, sidecar, UNLIMITED } from "./lib/accounts.mjs";
import { sql } from "./lib/database.mjs";
import { codeIn, mailServer } from "./lib/mail-server.mjs";
import { freePort, SIDECAR, temporary } from "./lib/newsroom.mjs";

const WORKERS = 4;
/** Accounts that a worker has at hand, besides those that wait for mail. */
const MOST = 3;
/** Answers between two kills at most, if they are quick. */
const MOST_ANSWERS = 40;
/** How long an account that waits for mail is left alone. */
const REST = 500;
/** Longer than a lease, which holds a mail back after a kill. */
const PATIENCE = 300_000;
/** After which another code may be asked for. */
const RESEND_WAIT = 61_000;

function randomly(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether a request failed because the program is gone. */
const isCutOff = (error) => error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message);

/** What a mail is about. */
function kindOf(mail) {
  if (!codeIn(mail)) return "notice";
  return mail.text.includes("/account/reset/verify/") ? "reset" : "verify";
}

export async function killing(count, seed) {
  const random = randomly(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  // A little slow, so that kills find mail on its way. What a program sent may be read after it was killed: its
  // connection tells which program it was.
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

  const accounts = [];
  let kills = 0;
  let answers = 0;
  let truths = 0;
  let passwords = 0;
  const newPassword = () => `${PASSWORD}-${(passwords += 1)}`;
  function holds(account, right, what) {
    if (!right) throw broken(`${account.email}: ${what}\n${account.history.join("\n")}`);
    truths += 1;
  }

  // Mail: how many of each kind an address must have at least, and may have at most.
  const arrived = (account, kind) => {
    const those = mails.to(account.email).filter((one) => kindOf(one) === kind);
    return [...new Map(those.map((one) => [one.messageId, one])).values()];
  };
  const due = (account, kind) => (account.due[kind] ??= { least: 0, most: 0 });
  /** What has not arrived by now need not: it was replaced, or went with its account. */
  const release = (account, kind) => {
    const those = due(account, kind);
    those.least = Math.min(those.least, arrived(account, kind).length);
  };

  /** A call that a kill may cut off; `doing` stands in the model until it is answered. */
  async function call(account, doing, client, address, body, kind) {
    if (kind) due(account, kind).most += 1;
    account.doing = doing;
    const answer = await client.call(address, body);
    account.doing = null;
    answers += 1;
    account.history.push(`${doing.what} ${answer.status} ${answer.body?.type ?? ""}`);
    if (answer.status >= 500 && answer.status !== 503) holds(account, false, `${address} answered ${answer.status}`);
    if (kind && answer.status < 300) due(account, kind).least += 1;
    return answer.status === 503 ? null : answer;
  }

  const copy = (client) => Object.assign(new Client(origin), { cookies: new Map(client.cookies) });
  function end(account, sessions) {
    account.ended = [...account.ended, ...sessions].slice(-4);
    account.sessions = account.sessions.filter((one) => !sessions.includes(one));
  }

  function newAccount(worker) {
    const email = `reader-${worker}-${accounts.length}@example.org`;
    const account = {
      email, worker, state: "new", password: newPassword(), old: null, newsletter: false, sessions: [], ended: [],
      flow: null, tried: new Set(), used: null, due: {}, doing: null, history: [], rests: 0,
    };
    accounts.push(account);
    return account;
  }

  async function register(account) {
    const client = new Client(origin);
    const body = { email: account.email, password: account.password, lang: "en" };
    const answer = await call(account, { what: "register" }, client, "register", body, "verify");
    if (!answer) return;
    holds(account, answer.status === 202, `register answered ${answer.status}`);
    account.state = "pending";
    account.flow = { kind: "verify", client, patient: random() < 0.1, sent: Date.now() };
  }

  /** Enters the code of a mail that came; before there is one, or if this reader is patient, asks for another. */
  async function enter(account) {
    const { flow } = account;
    const codes = arrived(account, flow.kind).map(codeIn).reverse();
    const fresh = codes.find((code) => !account.tried.has(code));
    if (fresh && !flow.patient) return tryCode(account, fresh);
    holds(account, fresh || codes.length < due(account, flow.kind).most, `none of its ${flow.kind} codes is right`);
    if (Date.now() - flow.sent < RESEND_WAIT) {
      account.rests = Date.now() + REST;
      return null;
    }
    release(account, flow.kind);
    const answer = await call(account, { what: "resend" }, flow.client, "code", {}, flow.kind);
    if (!answer) return null;
    holds(account, answer.status === 202, `resend answered ${answer.status}`);
    Object.assign(flow, { sent: Date.now(), patient: false });
    return fresh && tryCode(account, fresh, { replaced: true });
  }
  async function tryCode(account, code, { replaced = false } = {}) {
    const { flow } = account;
    const address = flow.kind === "reset" ? "reset/verify" : "verify";
    const answer = await call(account, { what: `enter ${flow.kind}`, code }, flow.client, address, { code });
    if (!answer) return;
    const type = answer.body?.type ?? "";
    if (answer.status === 200) {
      holds(account, !replaced && !account.tried.has(code), "a code succeeded that was used or replaced");
      entered(account, code);
    } else holds(account, type.endsWith(":code-wrong"), `its code answered ${answer.status} ${type}`);
    account.tried.add(code);
  }
  function entered(account, code) {
    const { flow } = account;
    account.tried.add(code);
    account.used = { kind: flow.kind, client: copy(flow.client), code, tries: 0 };
    release(account, flow.kind);
    if (flow.kind === "reset") {
      flow.kind = "choose";
      return;
    }
    account.state = "verified";
    if (flow.client.cookies.size > 1) account.sessions.push(copy(flow.client));
    account.flow = null;
  }

  async function choose(account) {
    const password = newPassword();
    const doing = { what: "choose", password };
    const answer = await call(account, doing, account.flow.client, "reset/password", { password }, "notice");
    if (!answer) return;
    holds(account, answer.status === 200, `reset/password answered ${answer.status}`);
    chosen(account, password);
  }
  function chosen(account, password, keep = null) {
    [account.old, account.password] = [account.password, password];
    end(account, account.sessions.filter((one) => one !== keep));
    if (!keep) account.flow = null;
  }

  async function logIn(account) {
    const client = new Client(origin);
    const body = { email: account.email, password: account.password };
    const answer = await call(account, { what: "login" }, client, "login", body);
    if (!answer) return;
    holds(account, answer.status === 200, `login answered ${answer.status}`);
    account.sessions.push(client);
  }

  function erased(account) {
    account.state = "deleted";
    end(account, account.sessions);
    account.flow = null;
  }

  const own = {
    async newsletter(account, session) {
      const subscribed = random() < 0.5;
      const answer = await call(account, { what: "newsletter", subscribed }, session, "newsletter", { subscribed });
      if (!answer) return;
      holds(account, answer.status === 200, `newsletter answered ${answer.status}`);
      account.newsletter = subscribed;
    },
    async change(account, session) {
      const password = newPassword();
      const body = { current: account.password, password };
      const answer = await call(account, { what: "change", password, session }, session, "account/password", body, "notice");
      if (!answer) return;
      holds(account, answer.status === 204, `change answered ${answer.status}`);
      chosen(account, password, session);
    },
    async logout(account, session) {
      const before = copy(session);
      account.sessions[account.sessions.indexOf(session)] = before;
      const answer = await call(account, { what: "logout", sessions: [before] }, copy(before), "logout", {});
      if (!answer) return;
      holds(account, answer.status === 204, `logout answered ${answer.status}`);
      end(account, [before]);
    },
    async revoke(account, session) {
      const sessions = account.sessions.filter((one) => one !== session);
      const answer = await call(account, { what: "revoke", sessions, own: session }, session, "account/sessions/revoke", { all: true });
      if (!answer) return;
      holds(account, answer.status === 204, `revoke answered ${answer.status}`);
      end(account, sessions);
    },
    async reset(account) {
      if (account.flow) return;
      const client = new Client(origin);
      const answer = await call(account, { what: "reset" }, client, "reset", { email: account.email, lang: "en" }, "reset");
      if (!answer) return;
      holds(account, answer.status === 202, `reset answered ${answer.status}`);
      account.flow = { kind: "reset", client, patient: random() < 0.1, sent: Date.now() };
    },
    async remove(account, session) {
      for (const kind of ["notice", "reset"]) release(account, kind);
      const client = copy(session);
      const answer = await call(account, { what: "delete" }, client, "account/delete", { password: account.password }, "notice");
      if (!answer) return;
      holds(account, answer.status === 204, `delete answered ${answer.status}`);
      erased(account);
    },
  };

  /** Of an account that is gone, which is answered as for any other, and told nobody. */
  async function resetInVain(account) {
    const { status } = await new Client(origin).call("reset", { email: account.email });
    holds(account, status === 202 || status === 503, `reset of nobody answered ${status}`);
  }

  async function step(worker) {
    const mine = accounts.filter((account) => account.worker === worker);
    const gone = mine.filter(({ state }) => state === "deleted");
    if (gone.length > 0 && random() < 0.02) return resetInVain(pick(gone));
    const ready = mine.filter(({ state, rests }) => state !== "deleted" && rests < Date.now());
    const account = ready.length < MOST && random() < 0.4 ? newAccount(worker) : pick(ready);
    if (!account) return null;
    account.touched = true;
    if (account.state === "new") return register(account);
    if (account.flow?.kind === "choose") return choose(account);
    if (account.flow && (account.state === "pending" || random() < 0.5)) return enter(account);
    if (account.sessions.length === 0 || (account.sessions.length < 4 && random() < 0.3)) return logIn(account);
    return own[pick(Object.keys(own))](account, pick(account.sessions));
  }

  async function tryPassword(account, password) {
    const client = new Client(origin);
    for (;;) {
      const { status } = await client.call("login", { email: account.email, password });
      if (status !== 503) return status === 200 ? client : null;
      await later(100);
    }
  }
  const signedIn = async (session) => (await copy(session).call("session")).body;

  /** Finds out what became of the call that a kill cut off: it was done, or it was not, and nothing between. */
  async function settle(account) {
    const { doing } = account;
    if (!doing) return;
    account.doing = null;
    account.history.push(`${doing.what} cut off`);
    if (doing.what === "enter verify") {
      const session = await tryPassword(account, account.password);
      if (!session) return;
      entered(account, doing.code);
      account.sessions.push(session);
    } else if (doing.what === "enter reset") {
      const { status, body } = await account.flow.client.call("reset/verify", { code: doing.code });
      account.tried.add(doing.code);
      if (status === 200 || body.type.endsWith(":code-used")) entered(account, doing.code);
    } else if (doing.what === "choose" || doing.what === "change") {
      const [now, before] = [await tryPassword(account, doing.password), await tryPassword(account, account.password)];
      holds(account, !now !== !before, `after a cut-off ${doing.what} not one password works: ${!!before} ${!!now}`);
      if (now) {
        due(account, "notice").least += 1;
        chosen(account, doing.password, doing.session);
        // The session that took its place was in the answer.
        if (doing.session) end(account, [doing.session]);
      }
      account.sessions.push(now ?? before);
    } else if (doing.what === "newsletter") {
      account.newsletter = (await signedIn(account.sessions[0])).newsletter;
    } else if (doing.what === "logout" || doing.what === "revoke") {
      const states = await Promise.all(doing.sessions.map(async (one) => (await signedIn(one)).signed_in));
      holds(account, new Set(states).size <= 1, `${doing.what} was done by half`);
      if (states[0] === false) end(account, doing.sessions);
      // As after a change: another session took its place, if the others are ended.
      const { own } = doing;
      if (own && states[0] !== true && !(await signedIn(own)).signed_in) end(account, [own]);
    } else if (doing.what === "delete") {
      const session = await tryPassword(account, account.password);
      if (session) account.sessions.push(session);
      else {
        due(account, "notice").least += 1;
        erased(account);
      }
    }
  }

  async function check(account) {
    account.touched = false;
    const session = await tryPassword(account, account.password);
    holds(account, !session === (account.state !== "verified"), `is ${account.state}, and its password says otherwise`);
    if (session) await session.call("logout", {});
    if (account.old) holds(account, !(await tryPassword(account, account.old)), "its old password works");
    for (const one of account.sessions) {
      const { signed_in, email, newsletter } = await signedIn(one);
      holds(account, signed_in && email === account.email, "a session is gone");
      holds(account, newsletter === account.newsletter, `its newsletter is ${newsletter}`);
    }
    for (const one of account.ended) holds(account, !(await signedIn(one)).signed_in, "an ended session is valid");
    if (account.used && account.used.tries < 3) {
      account.used.tries += 1;
      const address = account.used.kind === "reset" ? "reset/verify" : "verify";
      const { status } = await copy(account.used.client).call(address, { code: account.used.code });
      holds(account, status !== 200, "a used code succeeded again");
    }
  }
  async function checkAll(list) {
    const left = [...list];
    const one = async () => {
      while (left.length > 0) await check(left.pop());
    };
    await Promise.all([one(), one(), one()]);
  }

  let program;
  async function kill(child) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    kills += 1;
  }
  /** Starts it; now and then after a start that is killed at once. */
  async function begin() {
    if (random() < 0.2) {
      const early = spawn(SIDECAR, ["serve"], { env: { ...process.env, ...(await settings(options)) }, stdio: "ignore" });
      await later(random() * 60);
      await kill(early);
    }
    program = await sidecar(options);
  }

  /** A random moment: after one answer or more, however long those take, and some part of the time that one took. */
  async function somewhere(isAlive) {
    const [begun, first] = [Date.now(), answers];
    const enough = first + 1 + Math.floor(random() * MOST_ANSWERS);
    while (isAlive() && answers < enough && (answers === first || Date.now() - begun < REST)) await later(1);
    await later((random() * (Date.now() - begun)) / Math.max(1, answers - first));
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
      if (round % 50 === 0) console.log(`${kills} kills, ${truths} answers still true, ${came.size} mails`);
    }

    const waiting = () => only("SELECT count(*) FROM outbox WHERE kind <> 'none' AND state = 1");
    for (const until = Date.now() + PATIENCE; waiting() > 0; await later(1000)) {
      if (Date.now() > until) throw broken(`${waiting()} mails still wait`);
    }
    await checkAll(accounts);
    for (const account of accounts) {
      for (const [kind, { least, most }] of Object.entries(account.due)) {
        const those = arrived(account, kind).length;
        holds(account, those >= least && those <= most, `${those} ${kind} mails came, of ${least} to ${most}`);
      }
    }
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
  return { kills, truths, mails: came.size, duplicates: mails.taken.length - came.size };
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
