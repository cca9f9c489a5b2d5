// The answers for a media file, directly from the sidecar and through a web server in front.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";

/** Sends one request exactly as written, without what `fetch` adds: its status, headers and body. */
export function ask(origin, address, { method = "GET", headers = {} } = {}) {
  return new Promise((done, fail) => {
    const asked = request(origin + address, { method, headers, agent: false }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
    });
    asked.on("error", fail).end();
  });
}

const hash = (bytes, encoding) => createHash("sha256").update(bytes).digest(encoding);
const DAY = 86_400_000;

/**
 * Requests for a file, and the expected answers: `part` is the first byte and the one after the last of a 206; without
 * it, and with `status` 200, the whole file. `file` has its `size`, `etag` and `modified` (an HTTP date).
 */
function cases({ size, etag, modified }) {
  const half = Math.floor(size / 2);
  const later = new Date(Date.parse(modified) + DAY).toUTCString();
  const earlier = new Date(Date.parse(modified) - DAY).toUTCString();
  const range = "bytes=100-199";
  return {
    "the whole file": { status: 200 },
    "the first byte": { headers: { Range: "bytes=0-0" }, part: [0, 1] },
    "the first bytes": { headers: { Range: "bytes=0-65535" }, part: [0, 65_536] },
    "some in the middle": { headers: { Range: `bytes=${half}-${half + 99_999}` }, part: [half, half + 100_000] },
    "from the middle to the end": { headers: { Range: `bytes=${half}-` }, part: [half, size] },
    "the last bytes": { headers: { Range: "bytes=-500" }, part: [size - 500, size] },
    "the last byte": { headers: { Range: `bytes=${size - 1}-${size - 1}` }, part: [size - 1, size] },
    "more last bytes than there are": { headers: { Range: `bytes=-${size + 5}` }, part: [0, size] },
    "an end past the end": { headers: { Range: `bytes=${half}-${size + 5}` }, part: [half, size] },
    "a start at the end": { headers: { Range: `bytes=${size}-` }, status: 416 },
    "a start past the end": { headers: { Range: `bytes=${size + 9}-${size + 99}` }, status: 416 },
    "no last bytes": { headers: { Range: "bytes=-0" }, status: 416 },
    "several ranges": { headers: { Range: "bytes=0-9,20-29" }, status: 200 },
    "overlapping ranges": { headers: { Range: "bytes=0-99,50-149" }, status: 200 },
    "many ranges": { headers: { Range: `bytes=${Array.from({ length: 100 }, (_, n) => `${n * 9}-${n * 9 + 3}`)}` }, status: 200 },
    "a malformed range": { headers: { Range: "bytes=9-1" }, status: 200 },
    "no range": { headers: { Range: "bytes=x" }, status: 200 },
    "another unit": { headers: { Range: "seconds=0-9" }, status: 200 },
    "resumed with our entity tag": { headers: { Range: `bytes=${half}-`, "If-Range": etag }, part: [half, size] },
    // A date is too weak a validator (RFC 9110 §13.1.5).
    "resumed with our date": { headers: { Range: `bytes=${half}-`, "If-Range": modified }, status: 200 },
    "resumed with a stale entity tag": { headers: { Range: range, "If-Range": '"stale"' }, status: 200 },
    "resumed with a weak entity tag": { headers: { Range: range, "If-Range": `W/${etag}` }, status: 200 },
    "resumed with a stale date": { headers: { Range: range, "If-Range": earlier }, status: 200 },
    "past the end, of what changed": { headers: { Range: `bytes=${size}-`, "If-Range": '"stale"' }, status: 200 },
    "If-None-Match, ours": { headers: { "If-None-Match": etag }, status: 304 },
    "If-None-Match, among others": { headers: { "If-None-Match": `"a", ${etag}` }, status: 304 },
    "If-None-Match, anything": { headers: { "If-None-Match": "*" }, status: 304 },
    "If-None-Match, stale": { headers: { "If-None-Match": '"stale"' }, status: 200 },
    "If-None-Match, stale, and a range": { headers: { "If-None-Match": '"stale"', Range: range }, part: [100, 200] },
    "If-Modified-Since, our date": { headers: { "If-Modified-Since": modified }, status: 304 },
    "If-Modified-Since, later": { headers: { "If-Modified-Since": later }, status: 304 },
    "If-Modified-Since, earlier": { headers: { "If-Modified-Since": earlier }, status: 200 },
    "If-Modified-Since is not looked at beside If-None-Match": {
      headers: { "If-Modified-Since": modified, "If-None-Match": '"stale"' },
      status: 200,
    },
    "If-Match, anything": { headers: { "If-Match": "*" }, status: 200 },
    "If-Match, stale": { headers: { "If-Match": '"stale"' }, status: 412 },
    "If-Unmodified-Since, earlier": { headers: { "If-Unmodified-Since": earlier }, status: 412 },
    "HEAD": { method: "HEAD", status: 200 },
    "HEAD and a range": { method: "HEAD", headers: { Range: range }, status: 200 },
    "HEAD, not modified": { method: "HEAD", headers: { "If-None-Match": etag }, status: 304 },
    "HEAD, stale": { method: "HEAD", headers: { "If-Match": '"stale"' }, status: 412 },
  };
}

/**
 * Runs the cases as subtests of `t`. `file` is the rendition in the manifest, with its `address`; `sent` are headers
 * for every request, such as a cookie.
 */
export async function servesRanges(t, origin, file, { sent = {} } = {}) {
  const etag = `"${file.sha256}"`;
  const modified = new Date(file.modified).toUTCString();
  const whole = await ask(origin, file.address, { headers: sent });
  assert.equal(whole.status, 200);
  assert.equal(hash(whole.body, "hex"), file.sha256, "not the bytes that the manifest promises");

  for (const [name, { method = "GET", headers = {}, part = null, status = 206 }] of Object.entries(
    cases({ size: file.size, etag, modified }),
  )) {
    await t.test(name, async () => {
      const got = await ask(origin, file.address, { method, headers: { ...sent, ...headers } });
      assert.equal(got.status, status);
      for (const header of ["x-content-type-options", "content-security-policy", "x-request-id"]) {
        assert.ok(got.headers[header], `no ${header}`);
      }
      assert.equal(got.headers["x-accel-redirect"], undefined);
      if (status === 416) assert.equal(got.headers["content-range"], `bytes */${file.size}`);
      if (status >= 400) return;
      assert.equal(got.headers.etag, etag);
      assert.equal(got.headers["last-modified"], modified);
      assert.equal(got.headers["repr-digest"], `sha-256=:${hash(whole.body, "base64")}:`);
      assert.equal(got.headers["cache-control"], whole.headers["cache-control"]);
      if (status === 304) return assert.equal(got.body.length, 0);
      const [start, end] = part ?? [0, file.size];
      // A 206 shows by itself that ranges are accepted; nginx says so only with a whole file.
      if (!part) assert.equal(got.headers["accept-ranges"], "bytes");
      assert.equal(got.headers["content-type"], file.type);
      assert.equal(got.headers["content-disposition"], whole.headers["content-disposition"]);
      assert.equal(got.headers["content-range"], part ? `bytes ${start}-${end - 1}/${file.size}` : undefined);
      assert.equal(got.headers["content-length"], String(end - start));
      const expected = method === "HEAD" ? Buffer.alloc(0) : whole.body.subarray(start, end);
      assert.equal(hash(got.body, "hex"), hash(expected, "hex"), "other bytes");
    });
  }
}
