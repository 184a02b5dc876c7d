// What both pages show of a case: commands to copy, lists of reasons, and differing tensors.
xcheck.parts = (() => {
  const { make, name, many } = xcheck.dom;
  const { hexFloat, decimal, grouped } = xcheck.bits;

  const HISTOGRAMS = 24; // more of them than this are no overview

  // Works in a page from a file too, where the clipboard interface may be refused.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea", { class: "hidden" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  function copies(button) {
    button.addEventListener("click", async () => {
      await copy(button.dataset.copy);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return button;
  }

  const command = (shown, text = shown) => make("div", { class: "command" },
    make("code", null, shown), copies(make("button", { type: "button", "data-copy": text }, "Copy")));

  const list = (title, lines) => lines.length > 0 && make("div", { class: "reasons" },
    title && make("h5", null, title), make("ul", null, lines.map((line) => make("li", null, name(line)))));

  const distance = (ulp) => (ulp === null ? "no distance" : `${grouped(ulp)} ulp`);

  function amount(elements) {
    const parts = [`${grouped(elements.differing)} of ${many(elements.total, "element")} differ`];
    if (elements.ulp !== null) parts.push(`at most ${distance(elements.ulp)}`);
    if (elements.infinite) parts.push(`${grouped(elements.infinite)} with no distance`);
    return parts.join(", ");
  }

  function table(elements, sides) {
    const row = ([at, left, right, ulp]) => make("tr", null,
      make("th", { scope: "row" }, `[${at.join(", ")}]`),
      [left, right].map((digits16) => {
        const bits = BigInt(`0x${digits16}`);
        return [make("td", null, make("code", null, `0x${digits16}`)), make("td", null, make("code", { title: decimal(bits) }, hexFloat(bits)))];
      }),
      make("td", { class: "number" }, ulp === null ? "–" : grouped(ulp)));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "First differing elements" }, make("table", { class: "elements" },
      make("caption", null, elements.differing > elements.first.length ? `The first ${elements.first.length} of ${grouped(elements.differing)}` : "Every differing element"),
      make("thead", null, make("tr", null, ["at", `${sides[0]} bits`, sides[0], `${sides[1]} bits`, sides[1], "ulp"].map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", null, elements.first.map(row))));
  }

  // A differing tensor: its map as soon as it can be seen, and the elements as numbers.
  function tensor(elements, title, sides, missing) {
    const box = make("div", { class: "tensor" });
    if (elements.pattern) box.append(make("p", null, make("b", null, "Pattern: "), elements.pattern));
    if (elements.map !== null) {
      const place = make("div", { class: "waiting" }, make("p", null, "Drawing the heat map …"));
      box.append(place);
      whenSeen(place, async () => {
        const { element, redraw } = await xcheck.heat.heat(elements, title, sides);
        place.replaceWith(element);
        await redraw();
      });
    } else {
      if (elements.picture.length) box.append(make("pre", { class: "picture" }, elements.picture.join("\n")));
      if (elements.mapped) box.append(missing());
    }
    box.append(make("details", { open: elements.first.length <= 6 }, make("summary", null, "Elements as numbers"), table(elements, sides)));
    return box;
  }

  function whenSeen(element, act) {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      act();
    }, { rootMargin: "300px" });
    watch.observe(element);
  }

  // How many elements of each tensor are how far apart.
  function histogram(tensors) {
    const all = tensors.filter(({ elements }) => elements.histogram);
    const told = all.slice(0, HISTOGRAMS);
    if (told.reduce((sum, { elements }) => sum + elements.differing, 0) < 2) return null;
    const box = make("div", { class: "plot" });
    const numbers = new Set(told.flatMap(({ elements }) => elements.histogram.map(([count]) => count)));
    const label = (count) => (count === 0 ? "no distance" : count < 11 ? grouped(2 ** (count - 1)) : `2^${count - 1}`);
    const finite = [...numbers].filter(Boolean);
    // Every distance between the least and the greatest has a place, that of none comes last.
    const range = finite.length ? Array.from({ length: Math.max(...finite) - Math.min(...finite) + 1 }, (_, k) => Math.min(...finite) + k) : [];
    const axis = [...range, ...(numbers.has(0) ? [0] : [])];
    const counts = told.flatMap(({ title, elements }) => {
      const own = new Map(elements.histogram);
      return axis.map((number) => ({
        tensor: title, distance: label(number), count: own.get(number) ?? 0,
        says: `${title}: ${grouped(own.get(number) ?? 0)} elements ${number ? `${label(number)} ulp or up to twice as much` : "with no distance"} apart`,
      })).filter((each) => each.count);
    });
    async function draw() {
      const { colour } = xcheck.theme;
      const spec = xcheck.charts.specification("histogram", { bar: colour("bar"), ink: colour("ink") });
      spec.spec.encoding.x.scale = { domain: axis.map(label) };
      spec.spec.width = Math.max(120, Math.min(560, 46 * axis.length, (box.clientWidth || 560) - 30));
      await xcheck.charts.draw(box, spec, { counts });
      box.dataset.ready = "histogram";
    }
    whenSeen(box, async () => {
      await draw();
      xcheck.theme.follow(box, draw);
    });
    return make("section", { class: "histogram" }, make("h4", null, "How far apart"),
      all.length > told.length && make("p", null, `The first ${told.length} of ${all.length} tensors.`), box);
  }

  return { command, copies, list, distance, amount, tensor, histogram };
})();
