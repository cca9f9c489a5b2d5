// The sidecar with accounts: how tests start it, and a client that speaks JSON and keeps cookies.
import path from "node:path";
import { FRONT, inFront } from "./front.mjs";
import { dist, freePort, SIDECAR, temporary } from "./newsroom.mjs";
import { start } from "./programs.mjs";

export const PASSWORD = "Correct-Horse-42!";

/** Limits that tests never reach, unless they lower one. */
export const UNLIMITED = Object.fromEntries(
  [
    "LIMIT_LOGIN_ACCOUNT",
    "LIMIT_LOGIN_NETWORK_MINUTE",
    "LIMIT_LOGIN_NETWORK_HOUR",
    "LIMIT_PASSWORDS_NETWORK_HOUR",
    "LIMIT_HASHES_NETWORK",
    "LIMIT_CODES_ADDRESS_SHORT",
    "LIMIT_CODES_ADDRESS_DAY",
    "LIMIT_CODES_ADDRESS_NETWORK_DAY",
    "LIMIT_CODES_DEVICE_DAY",
    "LIMIT_CODES_NETWORK_HOUR",
    "LIMIT_MAILS_HOUR",
    "LIMIT_LINKS_DAY",
    "LIMIT_DOWNLOADS_DAY",
  ].map((name) => [`DATELINE_AUTH_${name}`, "1000000"]),
);

/**
 * The environment of the sidecar at this port, directly or behind nginx; `mail` is its setting of that name, `built`
 * the generator's output, `site` the pages that are served. With `alone` it is never behind nginx.
 */
export async function settings({ mail, port, env = {}, built = dist(), site = path.join(built, "site"), alone = false }) {
  const media = env.DATELINE_AUTH_MEDIA?.replace(/^file:/, "");
  const front = alone ? null : await inFront(port, { site, media });
  return {
    DATELINE_AUTH_LISTEN: `127.0.0.1:${front?.behind ?? port}`,
    DATELINE_AUTH_MANIFEST: path.join(built, "sidecar", "manifest.json"),
    DATELINE_AUTH_MAIL: mail,
    DATELINE_AUTH_MAIL_FROM: "The Newsroom <newsroom@example.org>",
    DATELINE_AUTH_SECRET: `test:${Buffer.alloc(32, 7).toString("base64")}`,
    ...front?.env,
    ...env,
  };
}

/**
 * Starts `dateline-auth serve`, on its own database unless `env` names one. `site` are the pages that it, or nginx in
 * front of it, serves. `origin` is the readers' address, `own` the sidecar's.
 */
export async function sidecar({ port = null, site, ...options }) {
  port ??= await freePort();
  const database = path.join(temporary("accounts"), "accounts.db");
  const env = { DATELINE_AUTH_DATABASE: `sqlite:${database}`, ...(await settings({ port, site, ...options })) };
  const args = site && (options.alone || !FRONT) ? ["--site", site] : [];
  const own = `http://${env.DATELINE_AUTH_LISTEN}`;
  const program = await start(SIDECAR, ["serve", ...args], { origin: own, env });
  return Object.assign(program, { database, own, origin: `http://127.0.0.1:${port}` });
}

/** A client that speaks JSON and keeps cookies. */
export class Client {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  /** Makes one call and returns its status and body. With a body it is a POST. */
  async call(address, body) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(`${this.origin}/api/${address}`, {
      method: body ? "POST" : "GET",
      headers: { ...(body && { "Content-Type": "application/json" }), ...(cookie && { Cookie: cookie }) },
      body: body && JSON.stringify(body),
    });
    // nginx's answer if the sidecar was interrupted: whether the call was done is unknown.
    if (answer.status === 502) throw new TypeError("fetch failed", { cause: await answer.text() });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (/; Max-Age=0/.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  register(email, fields = {}) {
    return this.call("register", { email, password: PASSWORD, lang: "en", ...fields });
  }
}
