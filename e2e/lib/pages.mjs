// The pages of the built site, read as text and sorted by type.
import fs from "node:fs";
import path from "node:path";
import { parse } from "parse5";
import { addressOf, site, walk } from "./newsroom.mjs";

/** Walks a parse5 tree, elements only; the contents of <template> and <noscript> too. */
export function* elements(node) {
  if (node.tagName) yield node;
  for (const child of node.childNodes ?? []) yield* elements(child);
  if (node.content) yield* elements(node.content);
}

export const attribute = (element, name) =>
  element.attrs?.find((a) => a.name === name)?.value ?? null;

/** The text below a node. */
export function textOf(node) {
  if (node.nodeName === "#text") return node.value;
  return (node.childNodes ?? []).map(textOf).join("");
}

let read;
/** Every HTML page: its file, address, type, language and elements. */
export function pages() {
  read ??= walk(site())
    .filter((file) => file.endsWith(".html"))
    .map((file) => {
      const html = fs.readFileSync(path.join(site(), file), "utf8");
      const all = [...elements(parse(html, { scriptingEnabled: false }))];
      const body = all.find((e) => e.tagName === "body");
      const classes = attribute(body, "class") ?? "";
      return {
        file,
        html,
        elements: all,
        address: addressOf(file),
        type: /(?:^|\s)on-(\S+)/.exec(classes)?.[1] ?? "redirect",
        lang: attribute(all.find((e) => e.tagName === "html"), "lang"),
        ids: new Set(all.map((e) => attribute(e, "id")).filter(Boolean)),
      };
    });
  return read;
}

const depth = (page) => /(\/\d{4})(\/\d\d)?(\/\d\d)?\/$/.exec(page.address)?.[0].split("/").length - 2;
const inSection = (section) => (page) =>
  page.type === "article" && page.address.split("/")[2] === section;

const ACCOUNT = [
  "",
  "register/",
  "verify/",
  "welcome/",
  "login/",
  "reset/",
  "reset/verify/",
  "reset/new-password/",
  "reset/done/",
  "password/",
  "address/",
  "address/verify/",
  "address/undo/",
  "delete/",
  "deleted/",
];
/** Account pages by kind: `account`, `account reset/done`. */
const accounts = Object.fromEntries(
  ACCOUNT.map((name) => [
    `account ${name}`.replace(/[ /]$/, ""),
    (p) => p.type === "account" && p.address === `/${p.lang}/account/${name}`,
  ]),
);

/** The kinds of page of a newsroom, and how to recognise each. */
export const KINDS = {
  root: (p) => p.file === "index.html",
  home: (p) => p.type === "home",
  article: inSection("news"),
  "article with a correction": (p) => p.type === "article" && p.ids.has("_corrections"),
  "photo story": inSection("photos"),
  speech: inSection("speeches"),
  section: (p) => p.type === "section",
  "page n": (p) => /\/page\/\d+\/$/.test(p.address),
  kind: (p) => p.type === "kind",
  term: (p) => p.type === "term",
  taxonomy: (p) => p.type === "taxonomy",
  "archive of a year": (p) => p.type === "archive" && depth(p) === 1,
  "archive of a month": (p) => p.type === "archive" && depth(p) === 2,
  "archive of a day": (p) => p.type === "archive" && depth(p) === 3,
  "video list": (p) => p.type === "video-list",
  video: (p) => p.type === "video",
  "plain page": (p) => p.type === "page",
  "not found": (p) => p.type === "404",
  gone: (p) => p.type === "410",
  resting: (p) => p.type === "resting",
  ...accounts,
};

/** The page of a kind (and language) with the most elements: there the most can go wrong. */
export function fullest(kind, lang = null) {
  return pages()
    .filter((p) => KINDS[kind](p) && (lang === null || p.lang === lang))
    .sort((a, b) => b.html.length - a.html.length || a.file.localeCompare(b.file))[0];
}

/** One page of every kind, the home page of every language, and every kind in Arabic. */
export function samples() {
  const found = [];
  for (const kind of Object.keys(KINDS)) {
    found.push({ kind, page: fullest(kind) });
    found.push({ kind: `${kind}, Arabic`, page: fullest(kind, "ar") });
  }
  found.push({ kind: "home, French", page: fullest("home", "fr") });
  found.push({ kind: "home, English", page: fullest("home", "en") });
  const seen = new Set();
  return found.filter(({ page }) => page && !seen.has(page.file) && seen.add(page.file));
}
