// A plain static file server with the headers and redirects of dist/edge, as a CDN applies them, and public renditions
// as the sidecar serves them.
import fs from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { edge, fileAt, manifest, site, sources } from "./newsroom.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".xml": "application/xml",
  ".rss": "application/rss+xml",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".vtt": "text/vtt; charset=utf-8",
  ".pdf": "application/pdf",
};

const matches = (pattern, pathname) =>
  pattern.endsWith("*") ? pathname.startsWith(pattern.slice(0, -1)) : pathname === pattern;

function headersFor(rules, pathname) {
  const found = {};
  for (const { path: pattern, headers } of rules.headers) {
    if (matches(pattern, pathname)) Object.assign(found, headers);
  }
  return found;
}

/** The rules for this origin: the policy lists scripts by full URL. */
function rulesAt(origin) {
  const rules = edge();
  const own = (value) => value.replaceAll(`${rules.base_url}/`, `${origin}/`);
  const headers = rules.headers.map(({ path, headers }) => ({
    path,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, own(value)])),
  }));
  return { ...rules, headers };
}

function media(catalogue, pathname) {
  const [, id, name] = /^\/api\/media\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  const rendition = catalogue.media[id]?.renditions[name];
  if (!rendition) return { status: 404 };
  if (rendition.gated) return { status: 401 };
  return {
    status: 200,
    file: path.join(sources(), "media", rendition.key),
    type: rendition.type,
    headers: {},
  };
}

function page(rules, pathname) {
  const headers = headersFor(rules, pathname);
  const redirect = rules.redirects.find(({ from }) => from === pathname);
  if (redirect) {
    return { status: redirect.status, headers: { ...headers, Location: redirect.to } };
  }
  const answer = (status, file) => ({
    status,
    headers,
    file: path.join(site(), file),
    type: TYPES[path.extname(file)] ?? "application/octet-stream",
  });
  if (rules.gone.includes(pathname)) return answer(410, "410.html");
  const file = fileAt(pathname);
  if (file) return answer(200, file);
  const own = `/${pathname.split("/")[1]}/404.html`;
  return answer(404, (fileAt(own) ? own : "/404.html").slice(1));
}

function send(request, response, { status, headers = {}, file, type }) {
  if (!file) return response.writeHead(status, headers).end();
  const { size } = fs.statSync(file);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const from = range ? Number(range[1]) : 0;
  const to = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  const all = { ...headers, "Content-Type": type, "Content-Length": to - from + 1, "Accept-Ranges": "bytes" };
  if (range) all["Content-Range"] = `bytes ${from}-${to}/${size}`;
  response.writeHead(range && status === 200 ? 206 : status, all);
  if (request.method === "HEAD") return response.end();
  return fs.createReadStream(file, { start: from, end: to }).pipe(response);
}

/** Serves dist/site on a free port: `{ origin, close }`. */
export async function serveSite() {
  let rules;
  const catalogue = manifest();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const answer = pathname.startsWith("/api/") ? media(catalogue, pathname) : page(rules, pathname);
    send(request, response, answer);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://localhost:${server.address().port}`;
  rules = rulesAt(origin);
  return {
    origin,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
