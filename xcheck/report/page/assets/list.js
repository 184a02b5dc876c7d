// The list of cases: filters above, and below only those rows that can be seen, however many there are.
xcheck.list = (() => {
  const { byId, make, name, many, mark } = xcheck.dom;
  const MARGIN = 8; // rows kept ready beyond what can be seen

  let data, order, shown, opened;
  let cursor = 0;
  let selected = -1;
  let height = 0;
  const wanted = { kinds: new Set(), facets: new Map(), text: "" };

  function start(rows, open) {
    data = rows;
    opened = open;
    const count = data.names.length;
    data.lower = data.names.map((text) => text.toLowerCase());
    order = Array.from({ length: count }, (_, k) => k);
    // What went wrong comes first; otherwise as in the file. The sort is stable.
    order.sort((a, b) => data.kind[a] - data.kind[b]);
    filters();
    const box = byId("list");
    box.addEventListener("scroll", draw, { passive: true });
    box.addEventListener("keydown", key);
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-place]");
      if (row) choose(Number(row.dataset.place), true);
    });
    new ResizeObserver(() => { height = 0; draw(); }).observe(box);
    apply();
  }

  function filters() {
    const form = byId("filters");
    const tally = data.kinds.map(() => 0);
    for (const kind of data.kind) tally[kind]++;
    const search = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
    search.addEventListener("input", () => { wanted.text = search.value.toLowerCase(); apply(); });
    const boxes = data.kinds.map((kind, place) => tally[place] > 0 && make("label", { class: "chip" },
      make("input", { type: "checkbox", "data-kind": kind.id, onchange: (event) => {
        if (event.target.checked) wanted.kinds.add(place);
        else wanted.kinds.delete(place);
        apply();
      } }),
      mark(kind), make("span", { class: "tally" }, xcheck.bits.grouped(tally[place]))));
    form.append(
      make("div", { class: "field" }, make("label", { for: "search" }, "Search"), search),
      make("fieldset", { class: "kinds" }, make("legend", null, "Result"), boxes),
      ...data.facets.filter((facet) => facet.values.length > 1).map(select),
      make("button", { type: "reset" }, "Clear"),
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      wanted.kinds.clear();
      wanted.facets.clear();
      wanted.text = "";
      apply();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName)) return;
      event.preventDefault();
      search.focus();
    });
  }

  function select(facet) {
    const tally = facet.values.map(() => 0);
    for (const own of facet.rows) for (const place of [own].flat()) tally[place]++;
    const id = `facet-${facet.id}`;
    const control = make("select", { id },
      make("option", { value: "" }, "any"),
      facet.values.map((value, place) => make("option", { value: place }, `${value} (${xcheck.bits.grouped(tally[place])})`)));
    control.addEventListener("change", () => {
      if (control.value === "") wanted.facets.delete(facet);
      else wanted.facets.set(facet, Number(control.value));
      apply();
    });
    return make("div", { class: "field" }, make("label", { for: id }, facet.label), control);
  }

  function passes(row) {
    if (wanted.kinds.size && !wanted.kinds.has(data.kind[row])) return false;
    for (const [facet, place] of wanted.facets) {
      const own = facet.rows[row];
      if (own !== place && !(Array.isArray(own) && own.includes(place))) return false;
    }
    return wanted.text === "" || data.lower[row].includes(wanted.text);
  }

  function apply() {
    const current = shown?.[cursor];
    shown = order.filter(passes);
    cursor = Math.max(0, shown.indexOf(current));
    const all = data.names.length;
    byId("count").textContent = shown.length === all
      ? many(all, "case")
      : `${xcheck.bits.grouped(shown.length)} of ${many(all, "case")}`;
    byId("list").scrollTop = 0;
    draw();
  }

  function draw() {
    const box = byId("list");
    const rows = byId("rows");
    if (!height) height = parseFloat(getComputedStyle(box).getPropertyValue("--row")) || 40;
    rows.style.height = `${shown.length * height}px`;
    const first = Math.max(0, Math.floor(box.scrollTop / height) - MARGIN);
    const last = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + MARGIN);
    const places = [];
    for (let place = first; place < last; place++) places.push(place);
    // The one that the keyboard is on must exist, seen or not.
    if (shown.length && (cursor < first || cursor >= last)) places.push(cursor);
    rows.replaceChildren(...places.map(line));
    if (!shown.length) rows.append(make("p", { class: "none" }, "No case is like that."));
    if (shown.length) box.setAttribute("aria-activedescendant", `row-${cursor}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function line(place) {
    const row = shown[place];
    const group = data.facets.find((facet) => facet.id === "profile");
    const values = group && group.values.length > 1 ? [group.rows[row]].flat().map((k) => group.values[k]) : [];
    const element = make("div", {
      id: `row-${place}`, role: "option", class: `row${place === cursor ? " at" : ""}`, "data-place": place,
      "aria-selected": String(row === selected), "aria-posinset": place + 1, "aria-setsize": shown.length,
    },
      mark(data.kinds[data.kind[row]]),
      name(data.names[row], { class: "name" }),
      make("span", { class: "note" }, [...values, data.notes.values[data.notes.rows[row]]].filter(Boolean).join(" · ")));
    element.style.top = `${place * height}px`;
    return element;
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !shown.length) return;
    const page = Math.max(1, Math.floor(byId("list").clientHeight / height) - 1);
    const to = {
      ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + page, PageUp: cursor - page, Home: 0, End: shown.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      choose(Math.min(shown.length - 1, Math.max(0, to)), false);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(cursor, true);
    }
  }

  function choose(place, open) {
    cursor = place;
    const box = byId("list");
    const [top, bottom] = [place * height, (place + 1) * height];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
    draw();
    if (open) opened(shown[place]);
  }

  // Marks a case as the open one, and puts the cursor on it if it is in the list as filtered.
  function select_row(row) {
    selected = row;
    const place = shown.indexOf(row);
    if (place >= 0) choose(place, false);
    else draw();
  }

  const first = () => shown[0];

  return { start, select: select_row, first };
})();
