// Readers with accounts, and a model of each: what was answered, and `doing`, the call that something may have cut off.
// `settle` finds out whether that call was done, or not, and nothing between; `check` asks whether everything that was
// answered is still true.
import { setTimeout as later } from "node:timers/promises";
import { Client, PASSWORD } from "./accounts.mjs";
import { codeIn } from "./mail-server.mjs";

/** Accounts of a worker, besides those that wait for mail. */
const MOST = 3;
/** How long an account that waits for mail is left alone. */
const REST = 500;
/** After which another code may be requested. */
const RESEND_WAIT = 61_000;

export function randomly(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What became of a call is not known. */
class CutOff extends Error {}

/** Whether a request failed because the program is gone, or could not tell what became of it. */
export const isCutOff = (error) =>
  error instanceof CutOff || (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message));

/** What a mail is about. */
function kindOf(mail) {
  if (!codeIn(mail)) return "notice";
  return mail.text.includes("/account/reset/verify/") ? "reset" : "verify";
}

/**
 * Readers of the service at `origin`, who get mail from `mails`. With `shared`, several sidecars share a database which
 * may be lost while it commits: then 503 says nothing, and whoever asks goes on asking.
 */
export function readers({ mails, random, broken, newClient, shared = false }) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const accounts = [];
  const counts = { answers: 0, truths: 0 };
  let passwords = 0;
  const newPassword = () => `${PASSWORD}-${(passwords += 1)}`;
  function holds(account, right, what) {
    if (!right) throw broken(`${account.email}: ${what}\n${account.history.join("\n")}`);
    counts.truths += 1;
  }

  // The least and the most mails of each kind that an address may have.
  const arrived = (account, kind) => {
    const those = mails.to(account.email).filter((one) => kindOf(one) === kind);
    return [...new Map(those.map((one) => [one.messageId, one])).values()];
  };
  const due = (account, kind) => (account.due[kind] ??= { least: 0, most: 0 });
  /** Mail that has not arrived by now need not: it was replaced, or deleted with its account. */
  const release = (account, kind) => {
    const those = due(account, kind);
    those.least = Math.min(those.least, arrived(account, kind).length);
  };

  /** A call that a kill may interrupt; the model has it as `doing` until it is answered. */
  async function call(account, doing, client, address, body, kind) {
    if (kind) due(account, kind).most += 1;
    account.doing = doing;
    const answer = await client.call(address, body);
    if (answer.status === 503 && shared) throw new CutOff(`${address} answered 503`);
    account.doing = null;
    counts.answers += 1;
    account.history.push(`${doing.what} ${answer.status} ${answer.body?.type ?? ""}`);
    if (answer.status >= 500 && answer.status !== 503) holds(account, false, `${address} answered ${answer.status}`);
    if (kind && answer.status < 300) due(account, kind).least += 1;
    return answer.status === 503 ? null : answer;
  }

  const copy = (client) => Object.assign(newClient(), { cookies: new Map(client.cookies) });
  /** Asks until it is answered, whatever is killed meanwhile. */
  async function ask(client, address, body) {
    for (;;) {
      const answer = await client.call(address, body).catch((error) => {
        if (!shared || !isCutOff(error)) throw error;
        return { status: 503 };
      });
      if (answer.status !== 503) return answer;
      await later(100);
    }
  }
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
    const client = newClient();
    const body = { email: account.email, password: account.password, lang: "en" };
    const answer = await call(account, { what: "register" }, client, "register", body, "verify");
    if (!answer) return;
    holds(account, answer.status === 202, `register answered ${answer.status}`);
    account.state = "pending";
    account.flow = { kind: "verify", client, patient: random() < 0.1, sent: Date.now() };
  }

  /** Enters the code of a mail, or requests another if none has arrived or the reader chooses to. */
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
    const client = newClient();
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
      // No more are allowed in a day, and a quick machine comes to more.
      if (account.changes === 5) return;
      account.changes = (account.changes ?? 0) + 1;
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
      const client = newClient();
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

  /** Calls for a deleted account, which are answered as for any unknown address. */
  async function resetInVain(account) {
    const { status } = await newClient().call("reset", { email: account.email });
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
    const client = newClient();
    const { status } = await ask(client, "login", { email: account.email, password });
    return status === 200 ? client : null;
  }
  const signedIn = async (session) => (await ask(copy(session), "session")).body;

  /** Finds out whether the call that a kill interrupted was done completely or not at all. */
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
      const { status, body } = await ask(account.flow.client, "reset/verify", { code: doing.code });
      account.tried.add(doing.code);
      if (status === 200 || body.type.endsWith(":code-used")) entered(account, doing.code);
    } else if (doing.what === "choose" || doing.what === "change") {
      const [now, before] = [await tryPassword(account, doing.password), await tryPassword(account, account.password)];
      holds(account, !now !== !before, `after a cut-off ${doing.what} not one password works: ${!!before} ${!!now}`);
      if (now) {
        due(account, "notice").least += 1;
        chosen(account, doing.password, doing.session);
        // The new session was in the lost answer.
        if (doing.session) end(account, [doing.session]);
      }
      account.sessions.push(now ?? before);
    } else if (doing.what === "newsletter") {
      account.newsletter = (await signedIn(account.sessions[0])).newsletter;
    } else if (doing.what === "logout" || doing.what === "revoke") {
      const states = await Promise.all(doing.sessions.map(async (one) => (await signedIn(one)).signed_in));
      holds(account, new Set(states).size <= 1, `${doing.what} was done by half`);
      if (states[0] === false) end(account, doing.sessions);
      // As after a change: ending the others gives a new session.
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
    if (session) await ask(session, "logout", {});
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
      const { status } = await ask(copy(account.used.client), address, { code: account.used.code });
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

  /** Whether everybody got the mails that they must have, and no others. `waiting` may still come. */
  function checkMails(waiting = 0) {
    let missing = 0;
    for (const account of accounts) {
      for (const [kind, { least, most }] of Object.entries(account.due)) {
        const those = arrived(account, kind).length;
        missing += Math.max(0, least - those);
        holds(account, those <= most && missing <= waiting, `${those} ${kind} mails came, of ${least} to ${most}`);
      }
    }
  }

  return { accounts, counts, pick, step, settle, check, checkAll, checkMails };
}
