// Takes screenshots of the main pages, in e2e/out/: node e2e/screenshots.mjs [KIND...]
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, scrollThrough } from "./lib/browser.mjs";
import { fullest } from "./lib/pages.mjs";
import { serveSite } from "./lib/server.mjs";

const out = path.join(path.dirname(fileURLToPath(import.meta.url)), "out");
const given = process.argv.slice(2);
const kinds = given.length > 0 ? given : ["home", "article", "video", "section", "account", "account register", "account verify"];
fs.mkdirSync(out, { recursive: true });

const [browser, server] = await Promise.all([launch(), serveSite()]);
for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1440]) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    for (const kind of kinds) {
      for (const [name, sample] of [[kind, fullest(kind)], [`${kind}-ar`, fullest(kind, "ar")]]) {
        if (!sample || (name.endsWith("-ar") && colorScheme === "dark")) continue;
        await page.goto(server.origin + sample.address, { waitUntil: "networkidle" });
        await scrollThrough(page);
        const file = path.join(out, `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
        console.log(path.relative(process.cwd(), file), sample.address);
      }
    }
    await context.close();
  }
}
await browser.close();
await server.close();
