// A mail server on a real socket that can misbehave on demand, and keeps the mail it accepted.
import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { temporary } from "./newsroom.mjs";

/** A certificate of an unknown authority: the files of both, and the server's key. */
export function certificate(host = "localhost") {
  const dir = temporary("certificate");
  const file = (name) => path.join(dir, name);
  const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const key = (name) => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file(name)];
  const authority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  openssl("req", "-x509", ...key("ca.key"), "-days", "2", "-subj", "/CN=Test authority", ...authority, "-out", file("ca.pem"));
  openssl("req", ...key("server.key"), "-subj", `/CN=${host}`, "-out", file("server.csr"));
  fs.writeFileSync(file("names"), `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`);
  const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-extfile", file("names")];
  openssl("x509", "-req", "-in", file("server.csr"), ...signed, "-days", "2", "-out", file("server.pem"));
  return { authority: file("ca.pem"), key: fs.readFileSync(file("server.key")), cert: fs.readFileSync(file("server.pem")) };
}

/** A reply of the server, for a hook to throw. */
export const refusal = (responseCode, text = "no") => Object.assign(new Error(text), { responseCode });
/** For a hook that never answers. */
export const never = () => new Promise(() => {});

/**
 * Starts a mail server. `hooks` are asked before each step is answered, with the recipient, if there is one yet, the
 * name of the connection, and `drop()`, which breaks it: `connect`, `from`, `to`, `data` (before the message is read), `taken`
 * (after it is kept). With `tls` (a `certificate`) and `login` (`{ user, password }`) both are insisted on.
 */
export async function mailServer({ port = 0, tls = null, login = null, hooks = {} } = {}) {
  const arrivals = new EventEmitter().setMaxListeners(0);
  const taken = [];
  const byRecipient = new Map();
  const asked = [];

  const step = (name, session, to, done) => {
    asked.push({ step: name, to });
    const connection = () => [...server.connections].find((c) => c.session === session || c.id === session.id);
    const drop = () => connection()?._socket.destroy();
    const hook = async () => hooks[name]?.({ to, drop, connection: session.id });
    hook().then(() => done(), done);
  };
  async function keep(stream, session, done) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const mail = await simpleParser(raw);
    const to = session.envelope.rcptTo[0].address;
    const facts = { raw: raw.toString(), to, connection: session.id, from: session.envelope.mailFrom.address, secure: session.secure };
    Object.assign(mail, facts, { user: session.user, at: Date.now() });
    taken.push(mail);
    byRecipient.set(to, [...(byRecipient.get(to) ?? []), mail]);
    arrivals.emit("mail", mail);
    step("taken", session, to, done);
  }

  const server = new SMTPServer({
    ...(tls ? { key: tls.key, cert: tls.cert } : { hideSTARTTLS: true }),
    authOptional: !login,
    disabledCommands: login ? [] : ["AUTH"],
    disableReverseLookup: true,
    closeTimeout: 50,
    onAuth: ({ username, password }, session, done) => {
      asked.push({ step: "login", to: null });
      const right = username === login.user && password === login.password;
      done(right ? null : refusal(535), right ? { user: username } : undefined);
    },
    onConnect: (session, done) => step("connect", session, null, done),
    onMailFrom: (address, session, done) => step("from", session, null, done),
    onRcptTo: ({ address }, session, done) => step("to", session, address, done),
    onData: (stream, session, done) => {
      const go = (refused) => {
        if (!refused) return keep(stream, session, done).catch(done);
        stream.resume();
        return stream.once("end", () => done(refused));
      };
      step("data", session, session.envelope.rcptTo[0].address, go);
    },
  });
  // Broken connections; tests check their effects on the other side.
  server.on("error", () => {});
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");

  const to = (address) => byRecipient.get(address) ?? [];
  return {
    port: server.server.address().port,
    taken,
    /** Emits `mail` for each. */
    arrivals,
    /** Every requested step, answered or not. */
    asked,
    to,
    /** Waits for the mail to `address` after the first `after`. */
    async mail(address, { after = 0, patience = 120_000 } = {}) {
      const late = AbortSignal.timeout(patience);
      while (to(address).length <= after) {
        await once(arrivals, "mail", { signal: late }).catch(() => {
          throw new Error(`no mail to ${address} within ${patience} ms`);
        });
      }
      return to(address)[after];
    },
    close: () => new Promise((closed) => server.close(closed)),
  };
}

/** The code of a mail: digits alone on the first line. */
export const codeIn = (mail) => /^(\d{4}) (\d{4})$/.exec(mail.text.split("\n")[0])?.slice(1).join("") ?? null;
