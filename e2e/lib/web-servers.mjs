// nginx and Caddy as plain web servers of a folder, by the configuration that a build writes for them.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { freePort, temporary } from "./newsroom.mjs";
import { ask } from "./ranges.mjs";

/** Starts a server and waits until it answers: `{ origin, stop }`. */
async function serve(port, binary, args, env = {}) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((done) => child.once("exit", done).once("error", done));
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  for (const until = Date.now() + 120_000; Date.now() < until && child.exitCode === null; ) {
    if (await ask(origin, "/robots.txt").catch(() => null)) return { origin, stop };
    await new Promise((later) => setTimeout(later, 20));
  }
  await stop();
  throw new Error(`${binary} does not answer:\n${said}`);
}

/** Serves the folder `site` with the headers in `edge`; `more` lines go into the server's block. */
export async function startNginx({ site, edge, port, more = "" }) {
  const folder = temporary("nginx");
  port ??= await freePort();
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  fs.writeFileSync(
    path.join(folder, "nginx.conf"),
    `${process.getuid() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
    access_log off;
    ${scratch.map((name) => `${name}_temp_path ${folder}/scratch;`).join("\n    ")}
    server {
        listen 127.0.0.1:${port};
        root ${site};
        include ${edge}/nginx.conf;
        ${more}
    }
}`,
  );
  const binary = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].find((file) => fs.existsSync(file)) ?? "nginx";
  return serve(port, binary, ["-p", folder, "-e", "stderr", "-c", "nginx.conf"]);
}

/** Serves the folder `site` with the headers in `edge`; `files` are options of its file server. */
export async function startCaddy({ site, edge, files = "" }) {
  const folder = temporary("caddy");
  const port = await freePort();
  fs.writeFileSync(
    path.join(folder, "Caddyfile"),
    `{
	admin off
	auto_https off
}
http://127.0.0.1:${port} {
	root * ${site}
	import ${edge}/Caddyfile
	file_server {
		${files}
	}
}
`,
  );
  const own = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  return serve(port, "caddy", ["run", "--config", path.join(folder, "Caddyfile")], own);
}
