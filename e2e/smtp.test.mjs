// Protects the delivery of mail: a real server accepts it over TLS, after a login, as readers should get it; and
// whatever a server does, nothing is lost, nothing arrives twice, and nobody waits for another's mail.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, sidecar, UNLIMITED } from "./lib/accounts.mjs";
import { sql } from "./lib/database.mjs";
import { certificate, codeIn, mailServer, never, refusal } from "./lib/mail-server.mjs";
import { freePort } from "./lib/newsroom.mjs";
import { until } from "./lib/vault.mjs";

const tls = certificate();
const login = { user: "newsroom@example.org", password: "s:ecr/et é" };
const open = [];
after(() => Promise.all(open.map((one) => one.stop?.() ?? one.close())));

const kept = (one) => {
  open.push(one);
  return one;
};
const server = async (options = {}) => kept(await mailServer({ tls, login, ...options }));

/** The sidecar in production mode, with its mail server at this port and shorter time-outs. */
async function sender(port, env = { SSL_CERT_FILE: tls.authority, DATELINE_AUTH_MAIL_TIMEOUT: "10" }) {
  const credentials = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
  const mail = `smtp://${credentials}@localhost:${port}`;
  return kept(await sidecar({ mail, env: { ...UNLIMITED, DATELINE_AUTH_ENV: "production", ...env } }));
}

/** Registers each of these addresses in turn. */
async function register(program, addresses) {
  for (const address of addresses) {
    const { status, body } = await new Client(program.origin).register(address);
    assert.equal(status, 202, JSON.stringify(body));
  }
}

const all = (name, count) => Array.from({ length: count }, (_, i) => `${name}-${i}@example.org`);
/** Checks that each address got exactly one mail, and nobody else any. */
function onceEach(mails, addresses) {
  assert.deepEqual(mails.taken.map((mail) => mail.to).sort(), [...addresses].sort());
  assert.equal(new Set(mails.taken.map((mail) => mail.messageId)).size, addresses.length);
}

describe("a delivered mail", () => {
  let mails;
  let program;
  before(async () => {
    mails = await server();
    program = await sender(mails.port);
  });

  const words = {
    en: { subject: "Your code for Ostend Compact Newsroom", good: /^Valid until (\d\d:\d\d) UTC\+0[12]:00\. It works once\.$/ },
    fr: { subject: "Votre code pour Salle de presse du Pacte d’Ostende", good: /^Valable jusqu’à (\d\d:\d\d) UTC\+0[12]:00\. Il ne sert qu’une fois\.$/ },
    ar: { subject: /^\p{Script=Arabic}/u, good: /(\d\d:\d\d) UTC\+0[12]:00/ },
  };
  for (const [lang, { subject, good }] of Object.entries(words)) {
    test(`in ${lang}, and its code opens the account`, async () => {
      const client = new Client(program.origin);
      const email = `reader.${lang}@example.org`;
      const asked = await client.register(email, { lang });
      assert.equal(asked.status, 202);
      const mail = await mails.mail(email);

      assert.deepEqual([mail.secure, mail.user, mail.from], [true, login.user, "newsroom@example.org"]);
      assert.ok(subject.test?.(mail.subject) ?? subject === mail.subject, mail.subject);
      assert.match(mail.raw, /^From: "?The Newsroom"? <newsroom@example\.org>\r$/m);
      assert.match(mail.messageId, /^<[0-9a-f]{32}@example\.org>$/);
      assert.equal(mail.headers.get("auto-submitted"), "auto-generated");
      assert.equal(mail.headers.get("content-language"), lang);
      assert.equal(mail.headers.get("content-type").value, "multipart/alternative");
      assert.ok(Math.abs(mail.date - Date.now()) < 60_000, `${mail.date}`);

      const lines = mail.text.split("\n");
      const code = codeIn(mail);
      assert.match(code ?? lines[0], /^\d{8}$/);
      const [, clock] = good.exec(lines[1]) ?? assert.fail(lines[1]);
      const ends = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "Europe/Brussels" });
      assert.equal(clock, ends.format(new Date(asked.body.code_expires_at)));
      for (const part of [mail.text, mail.html]) {
        assert.ok(part.includes(`https://news.example.org/${lang}/account/verify/`), part);
        assert.ok(part.includes(email), part);
        assert.ok(part.includes(lines[0]), part);
      }
      assert.match(mail.html, new RegExp(`<html lang="${lang}"`));
      const hosts = [...mail.html.matchAll(/(?:href|src|url)\W+https?:\/\/([^/"' )]+)/g)].map(([, host]) => host);
      assert.deepEqual([...new Set(hosts)], ["news.example.org"]);

      const verified = await client.call("verify", { code: lines[0] });
      assert.equal(verified.status, 200, JSON.stringify(verified.body));
      const session = await client.call("session");
      assert.deepEqual(session.body, { signed_in: true, email, newsletter: false });
    });
  }

  test("mails arrive once each, over few connections", () => {
    onceEach(mails, Object.keys(words).map((lang) => `reader.${lang}@example.org`));
    assert.ok(mails.asked.filter(({ step }) => step === "connect").length <= 4);
  });

  test("the log contains nothing of it", () => {
    assert.doesNotMatch(program.said, /reader\.|s:ecr|\b\d{4} ?\d{4}\b(?!-)/);
  });
});

describe("a mail server in trouble", { concurrency: true }, () => {
  test("it rejects all mail for a while, at different steps", async () => {
    const refused = new Set();
    const refuseOnce = (step, answer) => ({ to }) => {
      if (!to.startsWith(step) || refused.has(to)) return;
      refused.add(to);
      throw answer;
    };
    const [greylisted, full] = [refusal(450, "4.2.0 greylisted"), refusal(451, "4.3.0 try later")];
    const mails = await server({ hooks: { to: refuseOnce("to", greylisted), data: refuseOnce("data", full) } });
    const program = await sender(mails.port);
    const addresses = [...all("to", 4), ...all("data", 4)];
    await register(program, addresses);
    await Promise.all(addresses.map((address) => mails.mail(address)));
    assert.equal(refused.size, addresses.length);
    onceEach(mails, addresses);
  });

  test("it is down at first", async () => {
    const port = await freePort();
    const program = await sender(port);
    const addresses = all("down", 8);
    await register(program, addresses);
    await until(() => /could not be sent yet/.test(program.said), "no delivery was tried");
    const mails = await server({ port });
    await Promise.all(addresses.map((address) => mails.mail(address)));
    onceEach(mails, addresses);
  });

  test("it disconnects in the middle of a message", async () => {
    const broken = new Set();
    const breakOnce = ({ to, drop }) => {
      if (!broken.has(to)) drop(broken.add(to));
    };
    const mails = await server({ hooks: { data: breakOnce } });
    const program = await sender(mails.port);
    const addresses = all("broken", 4);
    await register(program, addresses);
    await Promise.all(addresses.map((address) => mails.mail(address)));
    assert.equal(broken.size, 4);
    onceEach(mails, addresses);
  });

  test("it accepts a message and dies before replying: the mail is sent again with the same Message-ID", async () => {
    const mails = await server({
      hooks: {
        taken: ({ to, drop }) => mails.to(to).length === 1 && drop(),
      },
    });
    const program = await sender(mails.port);
    await register(program, ["twice@example.org"]);
    const [first, second] = [await mails.mail("twice@example.org"), await mails.mail("twice@example.org", { after: 1 })];
    assert.equal(first.messageId, second.messageId);
    assert.equal(codeIn(first), codeIn(second));
  });

  test("it does not know one recipient: the others get their mail at once, that one is not retried", async () => {
    const unknown = ({ to }) => {
      if (to === "unknown@example.org") throw refusal(550, "5.1.1 no such user");
    };
    const mails = await server({ hooks: { to: unknown } });
    const program = await sender(mails.port);
    await register(program, ["unknown@example.org"]);
    const addresses = all("known", 8);
    await register(program, addresses);
    await Promise.all(addresses.map((address) => mails.mail(address)));
    await until(() => /set aside/.test(program.said), "it is not set aside");
    onceEach(mails, addresses);
    assert.equal(mails.asked.filter(({ to }) => to === "unknown@example.org").length, 1);
    // A mail that was set aside is retried only by command.
    const states = () => sql(program.database, "SELECT state FROM outbox WHERE kind <> 'none'").join();
    await until(() => states() === "2", "it waits still");
    assert.doesNotMatch(program.said, /unknown@/);
  });

  test("it has no valid certificate: it gets neither mail nor password", async () => {
    const mails = await server();
    const program = await sender(mails.port, {});
    await register(program, ["nobody@example.org"]);
    await until(() => /a mail could not be sent yet.*TLS/.test(program.said), "nothing is logged");
    assert.deepEqual(mails.taken, []);
    assert.ok(!mails.asked.some(({ step }) => step === "login" || step === "from"));
  });

  test("it stalls for two recipients: the others get their mail meanwhile, and those two afterwards", async () => {
    let stalls = true;
    const mails = await server({ hooks: { to: ({ to }) => (stalls && to.startsWith("slow") ? never() : null) } });
    const program = await sender(mails.port);
    const slow = all("slow", 2);
    await register(program, slow);
    const addresses = all("quick", 12);
    await register(program, addresses);
    await Promise.all(addresses.map((address) => mails.mail(address)));
    stalls = false;
    await Promise.all(slow.map((address) => mails.mail(address)));
    onceEach(mails, [...slow, ...addresses]);
  });

  test("it stalls completely: registering stays quick, and all mail arrives once it recovers", async () => {
    let stalls = true;
    const stuck = [];
    const mails = await server({ hooks: { connect: ({ drop }) => (stalls ? never(stuck.push(drop)) : null) } });
    // The sidecar must not give up meanwhile: a test that waits for a mail would wait forever.
    const program = await sender(mails.port, { SSL_CERT_FILE: tls.authority, DATELINE_AUTH_MAIL_TIMEOUT: "300" });
    const addresses = all("patient", 16);
    await register(program, addresses.slice(0, 11));
    // As many mails as go out at once.
    await until(() => mails.asked.length >= 10, "the mails do not get as far");
    await register(program, addresses.slice(11));
    assert.equal(mails.asked.length, 10);
    stalls = false;
    for (const drop of stuck) drop();
    await Promise.all(addresses.map((address) => mails.mail(address)));
    onceEach(mails, addresses);
  });
});
