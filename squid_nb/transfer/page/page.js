"use strict";
{
  const box = document.getElementById("search");
  const told = document.getElementById("found");
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const sessions = [...document.querySelectorAll("section.session")].map((section) => ({
    section,
    title: section.querySelector("h2").textContent.toLowerCase(),
    messages: [...section.querySelectorAll("article.message")],
    texts: null,
    link: null,
  }));

  const navigation = document.querySelector("nav");
  if (sessions.length > 1) {
    const list = document.createElement("ol");
    for (const session of sessions) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${session.section.id}`;
      link.textContent = session.section.querySelector("h2").textContent;
      item.append(link);
      list.append(item);
      session.link = item;
    }
    navigation.append(list);
    navigation.hidden = false;
  }

  for (const block of document.querySelectorAll("pre")) block.tabIndex = 0;

  /** Shows the messages that hold every word, and says how many there are. */
  function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let messages = 0;
    let inSessions = 0;
    const shown = [];
    for (const session of sessions) {
      session.texts ??= session.messages.map((message) => message.textContent.toLowerCase());
      const titled = words.every((word) => session.title.includes(word));
      let here = 0;
      session.messages.forEach((message, index) => {
        const fits = titled || words.every((word) => session.texts[index].includes(word));
        message.hidden = !fits;
        if (!fits) return;
        here += 1;
        if (words.length && shown.length < 500) shown.push(message);
      });
      for (const branch of session.section.querySelectorAll("details.versions")) {
        const some = branch.querySelector("article.message:not([hidden])") !== null;
        branch.hidden = !some;
        branch.open = words.length > 0 && some;
      }
      const some = here > 0 || titled;
      session.section.hidden = !some;
      if (session.link) session.link.hidden = !some;
      messages += here;
      inSessions += some ? 1 : 0;
    }
    const what = `${messages} ${messages === 1 ? "message" : "messages"}`;
    const where = sessions.length > 1 ? ` in ${inSessions} ${inSessions === 1 ? "session" : "sessions"}` : "";
    told.textContent = words.length ? `${what}${where}` : "";
    mark(shown, words);
  }

  /** Marks the words without touching the page, where the browser can. */
  function mark(messages, words) {
    if (typeof Highlight === "undefined" || !CSS.highlights) return;
    const ranges = [];
    for (const message of messages) {
      const walker = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node && ranges.length < 5000; node = walker.nextNode()) {
        const text = node.data.toLowerCase();
        if (text.length !== node.data.length) continue;
        for (const word of words) {
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 80);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === box) return;
    event.preventDefault();
    box.focus();
  });
  document.getElementById("theme").addEventListener("click", () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
}
