// Everything here only improves a page that is complete without it.
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // Copy buttons
  if (navigator.clipboard) {
    const status = document.createElement("p");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    document.body.append(status);
    for (const text of all("[data-copy]")) {
      const { copy, label, copied } = text.dataset;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain copy";
      button.textContent = copy;
      button.setAttribute("aria-label", label || copy);
      let timer;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text.textContent.trim());
        } catch {
          getSelection().selectAllChildren(text);
          return;
        }
        button.textContent = status.textContent = copied;
        clearTimeout(timer);
        timer = setTimeout(() => {
          button.textContent = copy;
          status.textContent = "";
        }, 2500);
      });
      text.after(button);
    }
  }

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // A table that scrolls sideways can be reached by keyboard
  for (const box of all(".table")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }

  // Players
  const frame = 1 / 25;
  for (const player of all("[data-player]")) {
    const video = player.querySelector("video");
    const failed = player.querySelector("[data-failed]");
    const keys = player.querySelector("[data-keys]");
    if (keys) keys.hidden = false;
    video.addEventListener("error", () => { failed.hidden = false; }, true);
    video.addEventListener("playing", () => { failed.hidden = true; });
    const move = (by) => { video.currentTime = Math.max(0, video.currentTime + by); };
    const act = {
      k: () => (video.paused ? video.play().catch(() => {}) : video.pause()),
      j: () => move(-10),
      l: () => move(10),
      ",": () => { video.pause(); move(-frame); },
      ".": () => { video.pause(); move(frame); },
    };
    player.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const todo = act[event.key.toLowerCase()];
      if (!todo) return;
      event.preventDefault();
      todo();
    });
  }

  // The shotlist: a timecode plays from there
  const video = document.querySelector("#_player video");
  if (video) {
    const seek = (at) => {
      const go = () => { video.currentTime = at; };
      if (video.readyState > 0) {
        go();
      } else {
        video.addEventListener("loadedmetadata", go, { once: true });
        video.preload = "metadata";
      }
      video.scrollIntoView({ block: "nearest" });
    };
    for (const link of all("[data-seek]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        seek(Number(link.dataset.seek));
        video.play().catch(() => {});
        video.focus({ preventScroll: true });
      });
    }
    // An address that ends in #t=7.5, as search engines give it (Media Fragments URI)
    const fragment = () => {
      const at = /^#t=(\d+(?:\.\d+)?)/.exec(location.hash);
      if (at) seek(Number(at[1]));
    };
    addEventListener("hashchange", fragment);
    fragment();
  }
})();
