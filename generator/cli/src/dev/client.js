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

  // A stylesheet that loads, and those that go when it is there, so that nothing flashes.
  const replaced = new Map();

  function swap([from, to]) {
    const leaving = new Set([...replaced.values()].flat());
    for (const old of document.querySelectorAll("link[rel~=stylesheet]")) {
      if (old.getAttribute("href") !== from || leaving.has(old)) continue;
      const link = old.cloneNode();
      link.setAttribute("href", to);
      replaced.set(link, [old, ...(replaced.get(old) ?? [])]);
      link.addEventListener("load", () => {
        for (const former of replaced.get(link) ?? []) {
          former.remove();
          replaced.delete(former);
        }
        replaced.delete(link);
      });
      link.addEventListener("error", () => location.reload());
      old.after(link);
    }
  }

  let page = script.dataset.page; // What stands here
  let events = null;

  function listen() {
    events = new EventSource(`/_dev/events?${new URLSearchParams({ path: location.pathname, page })}`);
    events.addEventListener("reload", () => location.reload());
    events.addEventListener("css", ({ data, lastEventId }) => {
      page = lastEventId;
      JSON.parse(data).forEach(swap);
    });
    events.addEventListener("findings", ({ data }) => {
      show(JSON.parse(data));
      script.dataset.listening = "";
    });
  }

  // A page that nobody sees holds no connection, of which a browser has six for one site. It hears what it
  // missed when it is seen again.
  document.addEventListener("visibilitychange", () => {
    events?.close();
    if (!document.hidden) listen();
  });
  if (!document.hidden) listen();
})();
