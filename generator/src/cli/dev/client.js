// Reloads the page when the newsroom changes, and shows what is wrong while it is wrong.
"use strict";
(() => {
  let known = null;
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

  async function ask(reload) {
    const { findings } = await (await fetch("/_dev/status")).json();
    const errors = findings.filter((f) => f.severity === "error");
    // With a mistake the last good page stays; a reload would only show it again.
    if (reload && errors.length === 0) location.reload();
    else show(findings);
  }

  const events = new EventSource("/_dev/events");
  events.addEventListener("message", ({ data }) => {
    const changed = known !== null && known !== data;
    known = data;
    ask(changed).catch(() => {});
  });
})();
