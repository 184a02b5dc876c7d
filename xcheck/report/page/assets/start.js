// Puts the page together, and opens the case that its address names.
(async () => {
  const { byId, make, name, mark } = xcheck.dom;
  xcheck.theme.start();
  for (const button of document.querySelectorAll("[data-copy]")) xcheck.parts.copies(button);

  let data;
  try {
    data = await xcheck.store.open();
  } catch (error) {
    const box = byId("broken");
    box.textContent = `The cases cannot be shown: this browser cannot unpack them (${error.message}).`;
    box.hidden = false;
    return;
  }
  const page = document.documentElement.dataset.page;
  const wide = window.matchMedia("(min-width: 60rem)");
  let opened = -1;

  async function open(row, focus) {
    opened = row;
    document.body.classList.add("opened");
    xcheck.list.select(row);
    const box = byId("detail");
    const number = data.detail[row];
    const content = number < 0 ? null : await xcheck.store.detail(number);
    if (opened !== row) return;
    const title = make("h3", { id: "detail-title", tabindex: "-1" }, name(data.names[row]));
    const head = make("header", { class: "detail-head" },
      make("button", { type: "button", class: "close", onclick: close }, make("span", { class: "narrow" }, "← Back to the list"), make("span", { class: "wide" }, "Close")),
      title, mark(data.kinds[data.kind[row]]), make("span", { class: "note" }, data.notes.values[data.notes.rows[row]]));
    box.replaceChildren(head, ...body(number, content).flat(Infinity).filter(Boolean));
    box.setAttribute("aria-labelledby", "detail-title");
    box.hidden = false;
    byId("hint").hidden = true;
    box.scrollTop = 0;
    if (focus) title.focus({ preventScroll: wide.matches });
    box.dataset.row = row;
  }

  function body(number, content) {
    if (number < 0) return [make("p", null, data.extra.nothing)];
    if (content === null) return [make("p", { class: "note" }, `${data.extra.left_out}`)];
    return xcheck[page === "diff" ? "diffed" : "checked"].view(content, data.kinds);
  }

  function close() {
    if (opened < 0) return;
    opened = -1;
    document.body.classList.remove("opened");
    byId("detail").hidden = true;
    byId("detail").replaceChildren();
    delete byId("detail").dataset.row;
    byId("hint").hidden = false;
    xcheck.list.select(-1);
    if (location.hash.startsWith("#case-")) history.replaceState(null, "", "#cases");
    byId("list").focus();
  }

  // The address names the open case, so that it can be linked to and the browser's own "back" closes it.
  function go(row) {
    if (location.hash === `#case-${row}`) open(row, true);
    else location.hash = `case-${row}`;
  }

  function follow() {
    const row = Number(/^#case-(\d+)$/.exec(location.hash)?.[1] ?? -1);
    if (row >= 0 && row < data.names.length) open(row, true);
    else if (opened >= 0) close();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || opened < 0) return;
    // In the search field, Escape empties the field first.
    if (document.activeElement?.id === "search" && document.activeElement.value) return;
    event.preventDefault();
    close();
  });
  window.addEventListener("hashchange", follow);
  xcheck.list.start(data, go);
  if (/^#case-\d+$/.test(location.hash)) follow();
  else if (wide.matches && data.names.length && data.detail[xcheck.list.first()] >= 0) open(xcheck.list.first(), false);
  document.documentElement.dataset.ready = "yes";
})();
