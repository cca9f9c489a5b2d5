// Protects former and removed addresses: nginx, Caddy and the sidecar give the same answers by the files that a build
// writes for each, whatever characters an address contains.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { sidecar as startSidecar } from "./lib/accounts.mjs";
import { build, sources, temporary } from "./lib/newsroom.mjs";
import { ask } from "./lib/ranges.mjs";
import { startCaddy, startNginx } from "./lib/web-servers.mjs";

/** Every character that is special to one of them, in a path, plain and encoded. */
const ODD = `/a*b:c d$e{f}g"h'i;j#k%l~m(n)o[p]q|r^s\`t&u=v+w@x,y!z/é/أخبار`;
const odd = ODD.split("/").map(encodeURIComponent).join("/").replaceAll("*", "%2A");

const REDIRECTS = `
gone = ["/en/gone/", "/fr/parti/", "/fr/blog/*", "/story.asp?id=9", "/odd${odd}"]

[redirects]
"/story.asp?id=1" = "/news/edge.md"
"/story.asp?q=$x{y}&z=%27" = "/news/edge.md"
"/?p=12" = "/news/edge.md"
"/fr/?p=12" = "/news/edge.md"
"/old/*" = "https://example.org/a?b=$c{d}#e"
"/old/deep/*" = "/news/edge.md"
"/old/deep/page.html" = "/en/"
"${odd}" = "/news/edge.md"
`;

const STORY = "/en/news/2026/03/04/edge/";
const AWAY = "https://example.org/a?b=%24c%7Bd%7D#e";
const ANSWERS = [
  ["/former/%2A/", 301, STORY],
  ["/former/*", 301, STORY],
  ["/former/x", 404],
  ["/former/:id/x/", 301, STORY],
  ["/former/7/x/", 404],
  ["/a%20b/100%25/", 301, STORY],
  ["/story.asp?id=1", 301, STORY],
  ["/story.asp?q=$x%7By%7D&z=%27", 404],
  ["/story.asp?q=$x{y}&z=%27", 301, STORY],
  ["/story.asp?id=2", 404],
  ["/story.asp", 404],
  ["/story.asp?id=9", 410, "en"],
  ["/?p=12", 301, STORY],
  ["/?p=13", 200, "en"],
  ["/", 200, "en"],
  ["/fr/?p=12", 301, STORY],
  ["/fr/", 200, "fr"],
  ["/old", 301, AWAY],
  ["/old/", 301, AWAY],
  ["/old/x/y.html", 301, AWAY],
  ["/older", 404],
  ["/old/deep", 301, STORY],
  ["/old/deep/x?y=1", 301, STORY],
  ["/old/deep/page.html", 301, "/en/"],
  [odd, 301, STORY],
  [`/odd${odd}`, 410, "en"],
  ["/en/gone", 410, "en"],
  ["/en/gone/", 410, "en"],
  ["/fr/parti/", 410, "fr"],
  ["/fr/blog/2012/x", 410, "fr"],
  ["/fr/blogs", 404, "fr"],
  // A story that has expired, in each language, and its alias.
  ["/en/news/2026/03/05/ended/", 410, "en"],
  ["/fr/news/2026/03/05/ended/", 410, "fr"],
  ["/former-ended/", 410, "en"],
  [STORY, 200, "en"],
];

const servers = {};
before(async () => {
  const root = temporary("edge");
  for (const folder of ["content", "themes"]) {
    fs.cpSync(path.join(sources(), folder), path.join(root, folder), { recursive: true });
  }
  const write = (name, head) => fs.writeFileSync(path.join(root, "content/news", name), `+++\n${head}\n+++\nText.\n`);
  const aliases = 'aliases = ["/former/*", "/former/:id/x", "/a b/100%25/"]';
  write("edge.md", `title = "Edge"\ndate = 2026-03-04\n${aliases}`);
  const ends = "expires = 2026-04-01T10:00:00+01:00";
  write("ended.md", `title = "Ended"\ndate = 2026-03-05\n${ends}\naliases = ["/former-ended/"]`);
  write("ended.fr.md", 'title = "Fini"');
  fs.writeFileSync(path.join(root, "content/redirects.toml"), REDIRECTS);
  const out = path.join(root, "out");
  build(out, { root });
  servers["dateline-auth"] = await startSidecar({
    mail: `file:${temporary("mail")}`,
    built: out,
    env: { DATELINE_AUTH_MEDIA: `file:${path.join(sources(), "media")}` },
    site: path.join(out, "site"),
    alone: true,
  });
  servers.nginx = await startNginx({ site: path.join(out, "site"), edge: path.join(out, "edge") });
  servers.Caddy = await startCaddy({ site: path.join(out, "site"), edge: path.join(out, "edge") });
});
after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

/** The answer of an address: status, and its target or the page's language. */
async function answer(server, address) {
  const { origin } = servers[server];
  const { status, headers, body } = await ask(origin, address);
  if (status !== 301) return [status, /<html[^>]* lang="([a-z]+)"/.exec(body.toString())?.[1]];
  const to = new URL(headers.location, origin);
  return [status, to.host === new URL(origin).host || to.hostname === "localhost" ? to.pathname : headers.location];
}

for (const server of ["dateline-auth", "nginx", "Caddy"]) {
  test(`${server} redirects former addresses, and answers 410 for removed ones`, async () => {
    for (const [address, status, what] of ANSWERS) {
      const found = await answer(server, address);
      assert.deepEqual(found, [status, what ?? (status === 404 ? "en" : undefined)], `${server}: ${address}`);
    }
  });
}

const VIDEO = "/en/video/lisbon-doorstep/";

/** An address of this kind on a page. */
async function linked(page, kind, end = "") {
  const { body } = await ask(servers["dateline-auth"].origin, page);
  return new RegExp(`(?:href|src)="(/${kind}/[^"]+${end})"`).exec(body.toString())[1];
}

const HEADERS = ["content-type", "content-security-policy", "cache-control", "x-content-type-options", "referrer-policy"];

for (const server of ["nginx", "Caddy"]) {
  test(`${server} sends the right headers with pages, the theme's assets and editors' files`, async () => {
    const files = await linked("/en/news/2025/01/27/visit-to-lisbon-and-madrid/", "files");
    const captions = await linked(VIDEO, "files", "vtt");
    for (const address of ["/en/", await linked("/en/", "assets"), files, "/fr/", captions, "/robots.txt", "/sitemap.xml"]) {
      const found = await ask(servers[server].origin, address);
      const straight = await ask(servers["dateline-auth"].origin, address);
      assert.equal(found.status, 200, address);
      // The sidecar also allows the theme's scripts under the address of the request.
      const host = `${new URL(servers["dateline-auth"].origin).host}/`;
      const plain = (value) => value?.split(" ").filter((source) => !source.startsWith(host)).join(" ");
      // Caddy uses the machine's list of types.
      for (const name of HEADERS.slice(server === "Caddy" ? 1 : 0)) assert.equal(found.headers[name], plain(straight.headers[name]), `${address}: ${name}`);
    }
  });
}
