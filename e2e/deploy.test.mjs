// Protects what deploy/ ships: units, image, stack. Docker itself is not needed: linters read the files, and the
// programs run with the settings, the environment and the restrictions that stand in them.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import Ajv from "ajv";
import { parse } from "yaml";
import { Client, PASSWORD, settings } from "./lib/accounts.mjs";
import { withBucket } from "./lib/bucket.mjs";
import { moved, newsroomConf, runNginx } from "./lib/front.mjs";
import { certificate, codeIn, mailServer } from "./lib/mail-server.mjs";
import { dist, freePort, manifest, ROOT, SIDECAR, site, sources, temporary } from "./lib/newsroom.mjs";
import { renditions } from "./lib/player.mjs";
import { startPostgres } from "./lib/postgres.mjs";
import { start } from "./lib/programs.mjs";
import { Store } from "./lib/store.mjs";

const shipped = (file) => path.join(ROOT, "deploy", file);
const read = (file) => fs.readFileSync(shipped(file), "utf8");
const PROGRAM = "/usr/local/bin/dateline-auth";
const login = { user: "newsroom@example.org", password: "secret-of-mail" };
const SECRET = `k1:${Buffer.alloc(32, 7).toString("base64")}`;
const tls = certificate();
const open = [];
const kept = (one) => {
  open.push(one);
  return one;
};
after(() => Promise.all(open.reverse().map((one) => one.stop?.() ?? one.close())));

/** Somebody registers, verifies and is signed in, through this origin. */
async function opensAccount(origin, mails, email) {
  const client = new Client(origin);
  assert.equal((await client.register(email)).status, 202);
  const verified = await client.call("verify", { code: codeIn(await mails.mail(email)) });
  assert.equal(verified.status, 200, JSON.stringify(verified.body));
  assert.equal((await client.call("session")).body.signed_in, true);
  return client;
}

describe("the systemd units", () => {
  const UNITS = ["dateline-auth.service", "dateline-auth@.service"];
  const directives = (unit) => read(`systemd/${unit}`).split("\n").filter((line) => /^\w+=/.test(line));

  test("differ only in what an instance has of its own", () => {
    const [one, many] = UNITS.map(directives);
    const own = (these, others) => these.filter((line) => !others.includes(line)).map((line) => line.split("=")[0]).sort();
    assert.deepEqual(own(one, many), ["Description", "Environment", "StateDirectory"]);
    assert.deepEqual(own(many, one), ["Description", "Environment", "Environment", "StateDirectory"]);
  });

  test("pass systemd's own checks, and are exposed by 2 at most", () => {
    const folder = temporary("units");
    for (const unit of UNITS) {
      const text = moved(read(`systemd/${unit}`), { [PROGRAM]: SIDECAR });
      fs.writeFileSync(path.join(folder, unit), text);
      const named = path.join(folder, unit.replace("@.", "@8001."));
      if (named.includes("@")) fs.symlinkSync(unit, named);
      for (const check of [["verify"], ["security", "--offline=true", "--threshold=20"]]) {
        const { status, stdout, stderr } = spawnSync("systemd-analyze", [...check, named], { encoding: "utf8" });
        assert.equal(status, 0, `${check} ${unit}: ${stdout}${stderr}`);
        // Other units of this machine are not our affair.
        assert.doesNotMatch(stderr, /dateline-auth/);
      }
    }
  });

  /** The arguments that run a command as the unit does, as far as a process can restrict itself. */
  const confined = (...command) => [path.join(ROOT, "e2e/lib/confined.py"), shipped("systemd/dateline-auth.service"), ...command];

  test("restrict what runs in them", () => {
    const forbidden = "import socket; socket.socket(socket.AF_NETLINK)";
    const { status, stderr } = spawnSync("python3", confined("/usr/bin/python3", "-c", forbidden), { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /Address family not supported/);
  });

  test("allow the program all that it does", async () => {
    const mails = kept(await mailServer({ tls, login }));
    const state = temporary("state");
    if (process.getuid() === 0) execFileSync("chown", ["65534:65534", state]);
    // Readable by the user without rights, as credentials are by the service.
    const own = temporary("settings");
    fs.writeFileSync(path.join(own, "settings"), `mail_from = "Newsroom <newsroom@example.org>"\n`);
    fs.writeFileSync(path.join(own, "ca.pem"), fs.readFileSync(tls.authority));
    for (const folder of [own, state]) fs.chmodSync(folder, 0o755);
    const program = path.join(temporary("program"), "dateline-auth");
    fs.copyFileSync(SIDECAR, program);
    for (const folder of [path.dirname(program), dist(), sources()]) fs.chmodSync(folder, 0o755);

    const port = await freePort();
    const environment = Object.fromEntries(
      directives("dateline-auth.service")
        .filter((line) => line.startsWith("Environment="))
        .map((line) => line.slice("Environment=".length).replace("/var/lib/dateline", state).split("="))
        .filter(([name]) => name !== "DATELINE_AUTH_SECRET_FILE"),
    );
    const mail = `smtp://${encodeURIComponent(login.user)}:${login.password}@localhost:${mails.port}`;
    const env = {
      ...(await settings({ mail, port, alone: true })),
      ...environment,
      DATELINE_AUTH_MEDIA: `file:${path.join(sources(), "media")}`,
      SSL_CERT_FILE: path.join(own, "ca.pem"),
    };
    const origin = `http://127.0.0.1:${port}`;
    const args = confined(program, "serve", "--config", path.join(own, "settings"));
    const running = kept(await start("python3", args, { origin, env }));
    const client = await opensAccount(origin, mails, "confined@example.org");
    assert.equal((await client.call("login", { email: "confined@example.org", password: PASSWORD })).status, 200);
    const { free } = renditions(manifest());
    assert.equal((await fetch(origin + free.address)).status, 200);
    running.child.kill("SIGHUP");
    assert.equal(await running.stop(), 0, running.said);
    assert.doesNotMatch(running.said, /not permitted|denied|"level":"(WARN|ERROR)"(?!.*there was no database)/);
  });
});

/** Each instruction of the Dockerfile, with its arguments. */
function instructions() {
  const lines = read("Dockerfile").replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "");
  return lines.split("\n").filter(Boolean).map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]);
}
/** What the image sets in the environment. */
const imageEnv = () =>
  Object.fromEntries(instructions().filter(([name]) => name === "ENV").flatMap(([, values]) => values.split(/ +/)).map((pair) => pair.split("=")));

describe("the image", () => {
  test("has nothing that a linter of Dockerfiles refuses", () => {
    const hadolint = execFileSync(path.join(ROOT, "scripts/hadolint"), { encoding: "utf8" }).trim();
    const { status, stdout } = spawnSync(hadolint, ["--failure-threshold", "info", shipped("Dockerfile")], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, ""]);
  });

  test("runs without root, from exact bases, and downloads only crates", () => {
    const all = instructions();
    const values = (name) => all.filter(([own]) => own === name).map(([, value]) => value);
    assert.deepEqual(values("USER"), ["65532:65532"]);
    for (const base of values("FROM")) assert.match(base, /:(?!latest)[\w.-]+( AS \w+)?$/);
    assert.deepEqual(values("ADD"), []);
    for (const command of values("RUN")) assert.doesNotMatch(command, /curl|wget|apt|https?:/);
    assert.match(values("ENTRYPOINT")[0], new RegExp(`^\\["${PROGRAM}"`));
    assert.match(values("HEALTHCHECK")[0], new RegExp(`CMD \\["${PROGRAM}", "health"\\]$`));
    // Built by what the tests themselves run on, with the Rust that the workspace asks for.
    const rust = /^rust-version = "(.+)"$/m.exec(fs.readFileSync(path.join(ROOT, "Cargo.toml"), "utf8"))[1];
    assert.equal(values("FROM")[0], `rust:${rust}-trixie AS build`);
  });

  test("is built from the whole workspace, and sees no secret and no output", () => {
    const kept = read("Dockerfile.dockerignore").match(/^[^#\n].*$/gm);
    const workspace = fs.readFileSync(path.join(ROOT, "Cargo.toml"), "utf8");
    const members = JSON.parse(/^members = (\[.*\])$/m.exec(workspace)[1]).map((member) => member.split("/")[0]);
    for (const needed of [...members, "themes", "Cargo.lock"]) assert.ok(!kept.includes(needed), needed);
    for (const other of [".git", "**/.dateline", "deploy", "dist", "media", "target"]) assert.ok(kept.includes(other), other);
  });
});

describe("the stack of compose.yaml", () => {
  const EXAMPLE = Object.fromEntries(read("compose/env.example").match(/^\w+=.*$/gm).map((line) => line.split(/=(.*)/)));
  /** The file with its variables filled in, as Compose does. */
  function stack(variables) {
    const used = new Set();
    const text = read("compose/compose.yaml").replace(/\$\{(\w+):\?\}/g, (_, name) => {
      used.add(name);
      return variables[name] ?? assert.fail(`env.example has no ${name}`);
    });
    assert.deepEqual([...used].sort(), Object.keys(EXAMPLE).sort());
    assert.doesNotMatch(text, /\$/);
    return parse(text, { merge: true });
  }
  const sidecars = (services) => Object.entries(services).filter(([name]) => name.startsWith("auth-"));

  test("is what the Compose specification allows", () => {
    const schema = JSON.parse(fs.readFileSync(path.join(ROOT, "e2e/schemas/compose-spec/compose-spec.json"), "utf8"));
    // The dialect that it names is known to the validator under another address.
    delete schema.$schema;
    const valid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    assert.ok(valid(stack(EXAMPLE)), JSON.stringify(valid.errors, null, 1));
    const broken = stack(EXAMPLE);
    broken.services.proxy.restarts = "always";
    assert.equal(valid(broken), false);
  });

  test("grants no service more than it needs, and mounts only files that exist or are made", () => {
    const { services, volumes, networks } = stack(EXAMPLE);
    const addresses = new Set();
    for (const [name, service] of Object.entries(services)) {
      assert.deepEqual([service.read_only, service.cap_drop], [true, ["ALL"]], name);
      assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
      if (service.image !== "dateline-auth") assert.match(service.image, /:(?!latest)[\w.-]*\d[\w.-]*$/, name);
      if (name !== "proxy") for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name);
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(":");
        if (!source.startsWith(".")) assert.ok(source in volumes, `${name}: ${source}`);
        else if (!/^(\.\/tls|\.\.\/\.\.\/dist)$/.test(source)) assert.ok(fs.existsSync(shipped(path.join("compose", source))), source);
      }
      const address = service.networks.inside?.ipv4_address;
      if (address) {
        assert.match(address, /^172\.30\.77\.\d+$/);
        assert.ok(!addresses.has(address), address);
        addresses.add(address);
      }
    }
    assert.equal(networks.inside.ipam.config[0].subnet, "172.30.77.0/24");
    assert.equal(sidecars(services).length, 3);
    const states = sidecars(services).map(([, service]) => service.volumes.find((volume) => volume.endsWith(":/var/lib/dateline")));
    assert.equal(new Set(states).size, 3);
  });

  describe("with its programs on this machine", withBucket, () => {
    let mails;
    let origin;
    let plain;
    const running = [];

    before(async () => {
      mails = kept(await mailServer({ tls, login }));
      const mail = `smtp://${encodeURIComponent(login.user)}:${login.password}@localhost:${mails.port}`;
      const store = kept(await Store.start({ media: path.join(sources(), "media") }));
      const keys = store.settings("media");
      const s3 = { S3_ACCESS_KEY: keys.AWS_ACCESS_KEY_ID, S3_SECRET_KEY: keys.AWS_SECRET_ACCESS_KEY };
      const own = { AUTH_SECRET: SECRET, POSTGRES_PASSWORD: "db-secret", MAIL: mail, ...s3 };
      const { services } = stack({ ...EXAMPLE, ...own });
      const db = services.database.environment;
      const postgres = kept(
        await startPostgres({ user: db.POSTGRES_USER, password: db.POSTGRES_PASSWORD, database: db.POSTGRES_DB }),
      );
      const places = {};
      for (const [name, service] of sidecars(services)) {
        const port = await freePort();
        places[`${service.networks.inside.ipv4_address}:8001`] = `127.0.0.1:${port}`;
        const env = sidecarEnv(service, port, { database: postgres.port, store: store.origin, state: temporary(name) });
        const program = kept(await start(SIDECAR, ["serve"], { origin: `http://127.0.0.1:${port}`, env }));
        running.push(Object.assign(program, { env, name }));
      }
      ({ origin, plain } = await nginxOf(places));
    });

    /** The environment of one sidecar, with the places of this machine. */
    function sidecarEnv(service, port, { database, store, state }) {
      const values = { ...imageEnv(), ...service.environment };
      const env = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          value
            .replace("0.0.0.0:8001", `127.0.0.1:${port}`)
            .replace("@database/", `@127.0.0.1:${database}/`)
            .replace("/srv/newsroom/dist", dist())
            .replace("http://store:7070", store)
            .replace("/var/lib/dateline", state)
            .replace(/^172\.30\.77\.2$/, "127.0.0.1"),
        ]),
      );
      assert.equal(env.DATELINE_AUTH_LISTEN, `127.0.0.1:${port}`);
      assert.equal(env.DATELINE_AUTH_TRUSTED_PROXIES, "127.0.0.1");
      return { ...env, SSL_CERT_FILE: tls.authority };
    }

    /** nginx with the files that the service `proxy` mounts. */
    async function nginxOf(places) {
      const [port, unencrypted] = [await freePort(), await freePort()];
      const filesIn = (folder) => {
        fs.writeFileSync(path.join(folder, "fullchain.pem"), tls.cert);
        fs.writeFileSync(path.join(folder, "privkey.pem"), tls.key);
        const redirect = moved(read("compose/redirect.conf"), { "listen 8080": `listen 127.0.0.1:${unencrypted}` });
        return {
          "newsroom.conf": `${newsroomConf({ site: site(), media: temporary("no-media") })}\n${redirect}`,
          "dateline/site.conf": moved(read("compose/dateline/site.conf"), {
            "listen 8443": `listen 127.0.0.1:${port}`,
            "/etc/nginx/tls": folder,
            "/dev/stdout": `${folder}/access.log`,
            "/dev/stderr": `${folder}/site.log`,
          }),
          "dateline/upstream.conf": moved(read("compose/dateline/upstream.conf"), places),
        };
      };
      const started = kept(await runNginx(temporary("nginx"), filesIn, `http://127.0.0.1:${unencrypted}`));
      // The authority is this test's own; fetch() of Node.js 20 takes no other one.
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      return { origin: `https://127.0.0.1:${port}`, plain: started.origin };
    }

    test("every sidecar is healthy, as the image asks", () => {
      for (const { env, name } of running) {
        for (const args of [["health"], ["health", "--ready"]]) {
          const said = execFileSync(SIDECAR, args, { env: { ...process.env, ...env }, encoding: "utf8" });
          assert.equal(said, "ok\n", name);
        }
      }
    });

    test("pages come encrypted, and requests without TLS are redirected", async () => {
      const page = await fetch(`${origin}/en/`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get("content-security-policy"), /script-src/);
      const redirected = await fetch(`${plain}/en/`, { redirect: "manual" });
      assert.deepEqual([redirected.status, redirected.headers.get("location")], [308, "https://127.0.0.1/en/"]);
    });

    test("accounts, sessions and files are the same on each, also after one has ended", async () => {
      const client = await opensAccount(origin, mails, "stack@example.org");
      const isSignedIn = async () => {
        // As many as it takes to come to each of them.
        for (let asked = 0; asked < 9; asked++) assert.equal((await client.call("session")).body.signed_in, true);
      };
      await isSignedIn();
      const { free } = renditions(manifest());
      assert.equal((await fetch(origin + free.address)).status, 200);
      await running[0].stop();
      await isSignedIn();
      await opensAccount(origin, mails, "later@example.org");
    });
  });
});
