// Follows the newsroom: loads the page again when what it shows has changed, swaps stylesheets in place, and
// shows what is wrong while it is wrong.
"use strict";
(() => {
  const script = document.currentScript;
  let panel = null;

  function show(findings) {
    panel?.remove();
    panel = null;
    if (findings.length === 0) return;
    panel = document.createElement("section");
    panel.id = "dateline-dev";
    panel.lang = "en";
    panel.dir = "ltr";
    panel.setAttribute("aria-label", "What Dateline found");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Hide";
    close.addEventListener("click", () => panel.remove());
    panel.append(close);
    for (const { severity, text } of findings) {
      const block = document.createElement("pre");
      block.className = severity;
      block.textContent = text;
      panel.append(block);
    }
    document.body.append(panel);
  }

  function swap([from, to]) {
    for (const old of document.querySelectorAll("link[rel~=stylesheet]")) {
      if (old.getAttribute("href") !== from) continue;
      const link = old.cloneNode();
      link.href = to;
      // The old one stays until the new one is there, so that nothing flashes.
      link.addEventListener("load", () => old.remove());
      link.addEventListener("error", () => location.reload());
      old.after(link);
    }
  }

  const shown = new URLSearchParams({ path: location.pathname, page: script.dataset.page });
  const events = new EventSource(`/_dev/events?${shown}`);
  events.addEventListener("reload", () => location.reload());
  events.addEventListener("css", ({ data }) => JSON.parse(data).forEach(swap));
  events.addEventListener("findings", ({ data }) => {
    show(JSON.parse(data));
    script.dataset.listening = "";
  });
})();
