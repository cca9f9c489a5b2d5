// The whole product on one origin: the built sample, the sidecar, a mail server, a browser.
import path from "node:path";
import { sidecar, UNLIMITED } from "./accounts.mjs";
import { launch } from "./browser.mjs";
import { sql } from "./database.mjs";
import { codeIn, mailServer } from "./mail-server.mjs";
import { build, freePort, sources, temporary } from "./newsroom.mjs";

export async function newsdesk(name) {
  const port = await freePort();
  const built = temporary(name);
  const origin = `http://localhost:${port}`;
  build(built, { args: ["--base-url", origin] });
  const [browser, mails] = await Promise.all([launch(), mailServer()]);
  const env = { ...UNLIMITED, DATELINE_AUTH_MEDIA: `file:${path.join(sources(), "media")}` };
  const start = (database) =>
    sidecar({
      port,
      built,
      site: path.join(built, "site"),
      mail: `smtp://127.0.0.1:${mails.port}?tls=none`,
      env: { ...env, ...(database && { DATELINE_AUTH_DATABASE: `sqlite:${database}` }) },
    });
  const desk = {
    origin,
    browser,
    mails,
    program: await start(),
    async close() {
      await browser.close();
      await desk.program.stop();
      await mails.close();
    },
    stop: () => desk.program.stop(),
    async restart() {
      const { database } = desk.program;
      desk.program = Object.assign(await start(database), { database });
    },
    /** The code in an address's mail number `after`, counted from 0. */
    async code(email, after = 0) {
      return codeIn(await mails.mail(email, { after }));
    },
    /** Makes the steps of an address this many seconds older. */
    makeOlder(email, seconds) {
      const by = seconds * 1000;
      const set = "code_sent_at = code_sent_at - ?, code_expires_at = code_expires_at - ?";
      sql(desk.program.database, `UPDATE flows SET ${set} WHERE email = ?`, by, by, email);
    },
    rows: (query, ...values) => sql(desk.program.database, query, ...values),
  };
  return desk;
}
