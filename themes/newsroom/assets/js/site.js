// Everything here only improves a page that is complete without it.
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // Browsers refuse, lack or break one thing or another: what fails is done without
  const attempt = (work, otherwise) => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };

  // Copy buttons
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  const copyable = (text) => {
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
        // What is folded away cannot be selected
        text.closest("details")?.setAttribute("open", "");
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
    (text.closest("[data-copied-from]") ?? text).after(button);
  };
  const copyables = (root) => {
    if (attempt(() => navigator.clipboard)) all("[data-copy]", root).forEach(copyable);
  };
  document.body.append(status);
  copyables(document);

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // Arrow keys step through a photo story, where nothing else takes them. Letters would be in the way of speech input
  const photos = [...all(".photo")];
  const photoKeys = document.querySelector("[data-photo-keys]");
  if (photoKeys) photoKeys.hidden = false;
  const TAKES_KEYS = "input, textarea, select, video, dialog, summary, [contenteditable], [tabindex='0']";
  document.addEventListener("keydown", (event) => {
    const { key, target, defaultPrevented } = event;
    if (!photos.length || defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const view = document.documentElement;
    if (!way || target.closest?.(TAKES_KEYS) || view.scrollWidth > view.clientWidth) return;
    const here = photos.findLastIndex((photo) => photo.getBoundingClientRect().top < innerHeight / 3);
    const next = photos[here + (document.dir === "rtl" ? -way : way)];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ behavior: "instant" });
    history.replaceState(history.state, "", `#${next.id}`);
  });

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

  // Accounts: the pages below /LANGUAGE/account/, as they are or in a panel over another page
  const words = document.getElementById("_words")?.dataset;
  if (!words) return;
  const root = document.documentElement;
  const isAccountPage = document.body.classList.contains("on-account");
  const accountPath = (path) => `/${root.lang}/account/${path}`;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // The cookie holds nothing but that somebody is signed in, so that no page has to ask
  const isSignedIn = () => attempt(() => document.cookie, "").split("; ").includes("__Host-dateline-signed-in=1");
  const showState = () => {
    root.classList.toggle("signed-in", isSignedIn());
    const link = document.querySelector(".masthead-account");
    if (isSignedIn()) link?.setAttribute("aria-label", `${link.textContent} (${words.signedIn})`);
    else link?.removeAttribute("aria-label");
  };
  showState();
  addEventListener("focus", showState);
  addEventListener("pageshow", showState);

  // What went wrong or was done: its box, and the words beside the field
  const hush = (place) => {
    place.classList.add("hushed");
    for (const told of all(".told", place)) told.classList.remove("told");
    for (const more of all(".outcome-more", place)) more.remove();
    for (const input of all("[aria-invalid]", place)) input.removeAttribute("aria-invalid");
  };
  const tell = (place, name, sentences = [], rules = [name]) => {
    hush(place);
    const find = (id) => [...all(".outcome", place)].find((box) => box.id === id);
    const box = find(name) ?? find("unavailable");
    if (!box) return;
    box.classList.add("told");
    for (const sentence of sentences) {
      const more = document.createElement("p");
      more.className = "outcome-more";
      more.textContent = sentence;
      box.append(more);
    }
    for (const rule of rules) {
      for (const error of all(`.field-error.at-${rule}`, place)) {
        error.classList.add("told");
        error.closest(".field")?.querySelector("input").setAttribute("aria-invalid", "true");
      }
    }
    box.focus();
  };
  // "23 hours 59 minutes": seconds only while they matter
  const inWords = (seconds) => {
    const minutes = Math.ceil(seconds / 60);
    const parts =
      seconds < 120 ? [[seconds, "second"]] : [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]];
    const say = ([number, unit]) => {
      const style = { style: "unit", unit, unitDisplay: "long", numberingSystem: "latn" };
      return attempt(() => new Intl.NumberFormat(root.lang, style).format(number), `${number} ${unit[0]}`);
    };
    return parts.filter(([number]) => number > 0).map(say).join(" ");
  };
  // What counts down while one looks
  const clock = (seconds) =>
    seconds < 3600 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : inWords(seconds);
  const sentences = (problem) => {
    const { attempts_left: tries, retry_after: wait } = problem;
    return [
      tries !== undefined && fill(words.tries, { number: tries }),
      wait > 1 && fill(words.wait, { time: inWords(wait) }),
    ].filter(Boolean);
  };

  // Calls that are made here; other forms send themselves
  const CALLS = /^\/api\/(register|verify|code|login|reset(\/verify|\/password)?|newsletter|account\/(password|delete|address(\/(verify|undo))?))$/;
  const callOf = (form) => CALLS.exec(form.getAttribute("action"))?.[1];
  const TAKE_RETURN = ["register", "login", "reset"];
  // The account's own page has two addresses
  const pageOf = (path) => (path === "/api/account" ? accountPath("") : path);

  // How long the newest code is good for, and how soon another may be asked for, in seconds from when that was told:
  // the browser's clock serves as a stopwatch alone, since many are wrong
  let newest;
  const keepCode = ({ resend_in: again, code_expires_in: ends }) => {
    newest = { told: Date.now(), again, ends };
    attempt(() => sessionStorage.setItem("datelineCode", JSON.stringify(newest)));
  };
  const codeNow = () => {
    const kept = attempt(() => JSON.parse(sessionStorage.getItem("datelineCode"))) ?? newest;
    const since = (Date.now() - kept?.told) / 1000;
    // A clock that was set back tells nothing
    return since >= 0 && since < kept.ends ? { again: kept.again - since, ends: kept.ends - since } : null;
  };
  const countDown = (form) => {
    const button = form.querySelector("button");
    if (!codeNow()) return;
    const line = document.createElement("p");
    line.className = "hint countdown";
    form.querySelector(".countdown")?.remove();
    button.parentElement.before(line);
    const tick = () => {
      if (!line.isConnected) return;
      const { again, ends } = codeNow() ?? { again: 0, ends: 0 };
      const left = Math.ceil(again);
      button.setAttribute("aria-disabled", left > 0);
      const told = [
        ends > 0 && fill(words.until, { time: inWords(Math.ceil(ends)) }),
        left > 0 && fill(words.again, { time: clock(left) }),
      ];
      line.textContent = told.filter(Boolean).join(" ");
      if (ends > 0) setTimeout(tick, 1000);
    };
    tick();
  };

  // What the service reads in a code and in an address: digits of any script, and no marks that cannot be seen
  const digitsOf = (text) => {
    const isDigit = (at) => /^\p{Nd}$/u.test(String.fromCodePoint(at));
    const digit = (c) => {
      let before = 0;
      while (isDigit(c.codePointAt(0) - before - 1)) before += 1;
      return before % 10;
    };
    const bare = text.normalize("NFKC").replace(/[\p{P}\p{Z}\p{M}\p{Cc}\p{Cf}\p{DI}\u2212]/gu, "");
    return /^\p{Nd}*$/u.test(bare) ? [...bare].map(digit).join("") : "";
  };
  const addressOf = (text) => {
    // A joiner between two letters of a script that has joiners is part of the word
    const isLetter = (c) => c !== undefined && /^[^\P{L}\p{ASCII}]$/u.test(c);
    const seen = [...text].filter((c, at, all) =>
      /[\u200c\u200d]/.test(c) ? isLetter(all[at - 1]) && isLetter(all[at + 1]) : !/[\p{Cf}\p{DI}]/u.test(c),
    );
    return seen.join("").trim();
  };

  /** Sends a form as a browser without script does: whatever failed here, the service tells what becomes of it. */
  const sendPlainly = (form, back) => {
    if (back && TAKE_RETURN.includes(callOf(form)) && !form.querySelector("[name=return_to]")) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "return_to", value: attempt(back, "") });
      form.append(field);
    }
    HTMLFormElement.prototype.submit.call(form);
  };
  /** Asks the service; nothing where it cannot be reached, an error where the browser cannot ask. */
  const ask = (form, fields, page) => {
    const asked = fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
      referrer: page,
    });
    // This alone is how a browser says that nobody answers
    return asked.catch((error) => {
      if (error instanceof TypeError) return null;
      throw error;
    });
  };
  // One request at a time; what was typed stays until it is answered
  const send = async (form, ways) => {
    const { place, page, back } = ways;
    const button = form.querySelector("button:not([type=button])");
    if ("sent" in form.dataset || button.getAttribute("aria-disabled") === "true") return;
    form.dataset.sent = "";
    form.setAttribute("aria-busy", "true");
    try {
      const fields = Object.fromEntries(new FormData(form));
      if (fields.subscribed) fields.subscribed = fields.subscribed === "true";
      if (TAKE_RETURN.includes(callOf(form)) && back) fields.return_to = back();
      const answer = await ask(form, fields, page);
      if (!answer) {
        tell(place, "unavailable", [words.resting]);
        return;
      }
      const isJson = /json/.test(answer.headers.get("Content-Type") ?? "");
      const said = isJson ? await answer.json() : {};
      showState();
      if (!answer.ok && !said.type) {
        tell(place, "unavailable", [words.resting]);
        return;
      }
      if (said.resend_in) keepCode(said);
      const to = said.location ?? answer.headers.get("Location");
      try {
        const isHere = await follow(to, said, ways);
        if (isHere && said.resend_in) countDown(form);
      } catch (error) {
        // It was sent: once is enough
        if (!to) throw error;
        location.assign(to);
      }
    } catch {
      sendPlainly(form, back);
    } finally {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  };
  /** Goes where an answer leads; true if that is told on the same page. */
  const follow = async (to, said, { place, page, go, finish }) => {
    const [path, fragment = ""] = (to ?? page).split("#");
    if (pageOf(path) === pageOf(page)) {
      const name = said.type?.split(":").pop() ?? fragment;
      tell(place, name, sentences(said), said.rules);
      return true;
    }
    if (path.startsWith("/api/")) location.assign(to);
    else if (path.startsWith(accountPath(""))) await go(to);
    else await finish(to);
    return false;
  };

  const revealable = (input) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain reveal";
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? words.hide : words.show;
      button.setAttribute("aria-pressed", shown);
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false));
    const row = document.createElement("div");
    row.className = "reveal-row";
    input.replaceWith(row);
    row.append(input, button);
    show(false);
  };

  // The rules are the sidecar's own, written into the page
  const judge = (list, input) => {
    const rules = JSON.parse(list.dataset.rules).map(({ name, pattern }) => [name, new RegExp(pattern, "u")]);
    for (const item of all("[data-rule]", list)) {
      const state = document.createElement("span");
      state.className = "visually-hidden";
      item.append(state);
    }
    input.addEventListener("input", () => {
      const password = input.value.normalize("NFC");
      for (const [name, pattern] of rules) {
        const item = list.querySelector(`[data-rule="${name}"]`);
        const isMet = password !== "" && pattern.test(password);
        item?.classList.toggle("met", isMet);
        item?.querySelector("span").replaceChildren(password ? ` – ${isMet ? words.met : words.unmet}` : "");
      }
    });
  };

  // Whose password it is, for password managers: no call takes the field
  const nameOwner = (input) =>
    fetch("/api/session").then(async (answer) => {
      const { email } = await answer.json();
      if (email) input.value = email;
    });

  /** Makes an account page's content do more. `ways` says where it stands and how it goes on. */
  const enliven = (ways) => {
    const { place } = ways;
    for (const form of all("form", place)) {
      if (!callOf(form)) continue;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form, ways);
      });
      if (callOf(form) === "code") attempt(() => countDown(form));
    }
    for (const input of all("input[type=password]", place)) revealable(input);
    for (const list of all("[data-rules]", place)) attempt(() => judge(list, list.closest(".field").querySelector("input")));
    for (const input of all("input", place)) {
      input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
    }
    // However a code is pasted, it is shown as the mail shows it
    const code = place.querySelector("input.code");
    code?.addEventListener("input", (event) => {
      if (event.isComposing) return;
      const digits = digitsOf(code.value);
      if (digits.length === 8) code.value = `${digits.slice(0, 4)} ${digits.slice(4)}`;
    });
    const email = place.querySelector("input[name=email]");
    email?.addEventListener("change", () => { email.value = addressOf(email.value); });
    const owner = place.querySelector("input[autocomplete=username]:not([name])");
    if (owner && isSignedIn()) attempt(() => nameOwner(owner).catch(() => {}));
  };

  if (isAccountPage) {
    const place = document.querySelector(".account");
    if (place) enliven({ place, page: location.pathname, go: (url) => location.assign(url), finish: (url) => location.assign(url) });
    // The account's own page fills itself
    if (location.pathname === accountPath("") && isSignedIn()) {
      const fillIn = async () => {
        const answer = await fetch("/api/account", { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const own = page.querySelector(".account:has([action='/api/logout'])");
        if (!own) return;
        place.replaceWith(document.adoptNode(own));
        copyables(own);
      };
      fillIn().catch(() => {});
    }
    return;
  }

  // The panel
  const dialog = document.createElement("dialog");
  dialog.className = "panel";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain panel-close";
  close.textContent = words.close;
  const content = document.createElement("div");
  dialog.append(close, content);
  document.body.append(dialog);

  let opener; // Gets the focus back
  let wanted; // What one came for: the gated file's link, or the form that makes a link to it
  let depth = 0; // Steps of the panel in the browser's history
  let latest = 0; // Of the pages that were asked for: one that comes late is not shown

  const back = () => {
    const row = wanted?.closest("[id^=rendition-]");
    return location.pathname + location.search + (row ? `#${row.id}` : location.hash);
  };
  /** Shows an account page in the panel; false if something else was asked for meanwhile. */
  const load = async (url) => {
    const [pathname, fragment] = url.replace(location.origin, "").split("#");
    latest += 1;
    const own = latest;
    const answer = await fetch(pathname);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (own !== latest) return false;
    const place = page.querySelector(".account");
    if (!answer.ok || !place) throw new Error(pathname);
    content.replaceChildren(document.adoptNode(place));
    const title = place.querySelector("h1");
    dialog.setAttribute("aria-label", title.textContent);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    enliven({ place, page: pathname, go: step, finish: leave, back });
    const onward = place.querySelector("a[href='/api/return']");
    if (onward && wanted && isSignedIn()) onward.textContent = words.onward;
    title.tabIndex = -1;
    if (fragment) tell(place, fragment);
    else (place.querySelector("input:not([type=hidden], [hidden])") ?? title).focus();
    return true;
  };
  /** The same as a step that the back button undoes; where it fails, goes there. */
  const step = async (url) => {
    try {
      if (!(await load(url))) return;
      history.pushState({ panel: url, depth: depth + 1 }, "");
      depth += 1;
    } catch {
      location.assign(url);
    }
  };
  // Resolved when the panel's steps are out of the browser's history
  let left = Promise.resolve();
  const tidy = () => {
    if (!content.firstChild) return;
    latest += 1;
    content.replaceChildren();
    wanted = undefined;
    opener?.focus({ preventScroll: true });
    if (!depth) return;
    left = new Promise((done) => addEventListener("popstate", done, { once: true }));
    history.go(-depth);
    depth = 0;
  };
  const shut = () => {
    dialog.close();
    tidy();
  };
  dialog.addEventListener("close", tidy);
  close.addEventListener("click", shut);

  /** Back to the page as it was, and to what one came for. */
  const leave = async () => {
    const todo = wanted;
    shut();
    await left;
    if (!todo || !isSignedIn()) return;
    if (todo.href) location.assign(todo.href);
    else todo.submit();
  };
  addEventListener("popstate", ({ state }) => {
    if (state?.panel && dialog.open) {
      depth = state.depth;
      load(state.panel).catch(shut);
    } else if (dialog.open) {
      depth = 0;
      shut();
    }
  });

  const isPlain = (event) =>
    event.button === 0 && !event.defaultPrevented && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !isPlain(event) || link.origin !== location.origin) return;
    const inPanel = dialog.contains(link);
    const path = link.pathname;
    let todo;
    if (inPanel && path === "/api/return") {
      // After a new password one has yet to log in
      todo = () => (isSignedIn() ? leave() : step(accountPath("login/")));
    } else if (path.startsWith(accountPath(""))) {
      if (path === accountPath("") && isSignedIn()) return;
      todo = () => step(link.href);
    } else if (path.startsWith("/api/media/") && link.rel === "nofollow" && !isSignedIn()) {
      todo = () => step(accountPath("login/"));
    }
    if (!todo) return;
    event.preventDefault();
    if (!inPanel) {
      opener = link;
      wanted = path.startsWith("/api/media/") ? link : undefined;
    }
    todo();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (isSignedIn() || dialog.contains(form) || !form.getAttribute("action")?.startsWith("/api/media/")) return;
    event.preventDefault();
    opener = event.submitter;
    wanted = form;
    step(accountPath("login/"));
  });
})();
