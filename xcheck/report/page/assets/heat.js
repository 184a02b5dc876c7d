// Both sides of one tensor as a heat map: of their distance, or of each side's values. Any cell says its bits.
xcheck.heat = (() => {
  const { make } = xcheck.dom;
  const { same, hex, hexFloat, decimal, number, isNaN, isFinite, ulp, digits, power, grouped } = xcheck.bits;
  const { colour, dark } = xcheck.theme;
  const LETTERED = 22; // pixels a cell needs before text fits in it
  let serial = 0;

  // Where an element is in a tensor of this shape.
  function coordinate(place, shape) {
    const found = [];
    for (const extent of [...shape].reverse()) {
      found.unshift(place % extent);
      place = Math.floor(place / extent);
    }
    return `[${found.join(", ")}]`;
  }

  function cellsOf(map, shape, sides) {
    return map.left.map((left, cell) => {
      const right = map.right[cell];
      const place = map.places ? map.places[cell] : cell;
      const state = same(left, right) ? "same" : ulp(left, right) === null ? "no distance" : "differs";
      const distance = state === "differs" ? ulp(left, right) : null;
      const level = distance === null ? 0 : digits(distance) - 1;
      const count = map.counts ? map.counts[cell] : state === "same" ? 0 : 1;
      const at = coordinate(place, shape);
      const far = { same: "equal", differs: `${grouped(distance)} ulp apart`, "no distance": "no distance" }[state];
      const says = `${at}: ${sides[0]} ${hex(left)}, ${sides[1]} ${hex(right)}, ${far}`;
      return {
        cell, row: Math.floor(cell / map.columns), column: cell % map.columns,
        left, right, at, state, distance, level, count, far, says,
      };
    });
  }

  // What the two directions of the grid are: names of rows and columns, and what they count.
  function directions(map, shape) {
    const rank = shape.length;
    const width = rank > 1 ? shape.slice(1).reduce((a, b) => a * b, 1) : Math.min(map.left.length, 64);
    const steps = (count, step) => Array.from({ length: count }, (_, k) => String(k * step));
    return {
      rows: map.rows, columns: map.columns,
      rowNames: steps(map.rows, map.blockRows * (rank > 1 ? 1 : width)),
      columnNames: steps(map.columns, map.blockColumns),
      rowTitle: rank > 1 ? "axis 0" : map.rows > 1 ? "from element" : "",
      columnTitle: rank > 2 ? `axes 1 to ${rank - 1} together` : rank > 1 ? "axis 1" : rank ? "axis 0" : "",
    };
  }

  // What fits in a cell.
  const lettered = (distance) => (distance < 1000n ? String(distance) : power(distance));

  const special = (bits) => (isNaN(bits) ? "NaN" : isFinite(bits) ? "" : number(bits) < 0 ? "-∞" : "∞");

  // As large as fits, but never too small to point at: then the box around it scrolls.
  function step(width, columns, rows) {
    const most = Math.min((width - 150) / columns, 520 / rows, 34);
    return Math.max(columns > 32 ? 7 : 12, Math.floor(most));
  }

  function distanceChart(cells, grid, size) {
    const top = Math.max(4, ...cells.map((cell) => cell.level));
    const spec = xcheck.charts.specification("heat", {
      ...grid, top, reversed: !dark(), lettering: Math.min(11, Math.floor(size / 2.4)),
      quiet: colour("quiet"), paper: colour("paper"), ink: colour("ink"), focus: colour("focus"),
    });
    const data = cells.map(({ cell, row, column, state, level, says, distance }) => {
      const deep = level / top > 0.5;
      const letters = state === "no distance" ? "×" : state === "differs" && size >= LETTERED ? lettered(distance) : "";
      const lettersColour = state === "no distance" ? colour("paper") : deep === dark() ? "#000" : "#fff";
      return { cell, row, column, state, level, says, letters, lettersColour };
    });
    return [spec, data];
  }

  function valuesChart(cells, grid, size, side, sideName) {
    const finite = cells.flatMap((cell) => [cell.left, cell.right]).filter(isFinite).map(number);
    const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
    const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
    const spec = xcheck.charts.specification("values", {
      ...grid, low: finite.length ? low : 0, high: finite.length && high > low ? high : low + 1, reversed: !dark(),
      lettering: Math.min(10, Math.floor(size / 2.6)),
      quiet: colour("quiet"), paper: colour("paper"), ink: colour("ink"), focus: colour("focus"),
    });
    const data = cells.map((each) => {
      const bits = each[side];
      return {
        cell: each.cell, row: each.row, column: each.column, state: each.state, finite: isFinite(bits),
        value: isFinite(bits) ? number(bits) : 0, letters: special(bits),
        says: `${each.at}: ${sideName} ${hex(bits)} = ${hexFloat(bits)}`,
      };
    });
    return [spec, data];
  }

  // The cells in words, for those who cannot see them, and the exact values for everyone.
  function readout(cell, map, sides) {
    const value = (side, bits) => make("div", { class: "side" },
      make("dt", null, side),
      make("dd", null, make("code", { class: "hex" }, hex(bits)), make("code", null, hexFloat(bits)), make("code", { class: "decimal" }, decimal(bits))));
    const block = map.counts && make("p", null,
      cell.count ? `${grouped(cell.count)} elements of this cell differ; this one is furthest off.` : "All elements of this cell are equal; this is the first.");
    return [
      make("p", { class: "where" }, make("b", null, cell.at), " ", make("span", { class: `far ${cell.state.replace(" ", "-")}` }, cell.far)),
      make("dl", null, value(sides[0], cell.left), value(sides[1], cell.right)),
      block,
    ];
  }

  // A heat map of the tensor with this map; `title` says which tensor it is.
  async function heat(elements, title, sides) {
    const map = await xcheck.store.map(elements.map);
    const cells = cellsOf(map, elements.shape, sides);
    const grid = directions(map, elements.shape);
    const differing = cells.filter((cell) => cell.state !== "same").map((cell) => cell.cell);
    const id = `heat-${++serial}`;
    let views = [];
    let cursor = differing[0] ?? 0;
    let way = "distance";

    const said = make("div", { class: "readout", id: `${id}-said`, "aria-live": "polite" });
    const plots = make("div", { class: "plots" });
    const field = make("div", {
      class: "field-of-cells", id, tabindex: "0", role: "application", "aria-roledescription": "heat map",
      "aria-label": `${title}, ${grid.rows} by ${grid.columns} cells`, "aria-describedby": `${id}-keys`,
      onkeydown: key,
    }, plots);
    const choice = (value, text) => make("label", null,
      make("input", { type: "radio", name: `${id}-way`, value, checked: value === way, onchange: () => { way = value; redraw(); } }), ` ${text}`);
    const element = make("figure", { class: "heat" },
      make("div", { class: "tools" },
        make("fieldset", null, make("legend", { class: "hidden" }, "What to draw"), choice("distance", "distance"), choice("sides", `${sides[0]} beside ${sides[1]}`)),
        make("button", { type: "button", onclick: () => jump(-1) }, "‹ previous"),
        make("button", { type: "button", onclick: () => jump(1) }, "next difference ›")),
      make("div", { class: "view" }, field, said),
      make("figcaption", { id: `${id}-keys` },
        map.counts ? `Each cell stands for ${map.blockRows} × ${map.blockColumns} elements and shows the one furthest off. ` : "",
        "Outlined: differs. ×: no distance (NaN or infinity). Plain: equal to the bit. Arrow keys move, N and P find the next and previous difference."));

    function move(to) {
      cursor = to;
      said.replaceChildren(...readout(cells[cursor], map, sides).filter(Boolean));
      const { cell, row, column } = cells[cursor];
      for (const view of views) view.data("cursor", [{ cell, row, column }]).runAsync();
    }

    function jump(by) {
      if (!differing.length) return;
      const next = by > 0 ? differing.find((cell) => cell > cursor) : differing.findLast((cell) => cell < cursor);
      move(next ?? differing.at(by > 0 ? 0 : -1));
    }

    function key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { row } = cells[cursor];
      const last = Math.min(cells.length, (row + 1) * map.columns) - 1;
      const to = {
        ArrowLeft: cursor % map.columns ? cursor - 1 : cursor, ArrowRight: Math.min(cursor + 1, last),
        ArrowUp: cursor - map.columns, ArrowDown: cursor + map.columns, Home: row * map.columns, End: last,
      }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        if (to >= 0 && to < cells.length) move(to);
        keepInView();
      } else if (event.key === "n" || event.key === "p") {
        jump(event.key === "n" ? 1 : -1);
      }
    }

    let turn = 0;
    // A map that is wider than its box follows the cursor.
    function keepInView() {
      const mark = plots.querySelector(`path[aria-label^="${cells[cursor].at}:"]`);
      mark?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    async function redraw() {
      const own = ++turn;
      const boxes = way === "distance" ? [null] : ["left", "right"];
      const width = (element.clientWidth || 600) / (boxes.length > 1 && element.clientWidth > 700 ? 2 : 1);
      const size = step(width, map.columns, map.rows);
      for (const view of views) view.finalize();
      views = [];
      const drawn = boxes.map((side, place) => {
        const box = make("div", { class: "plot" });
        const [spec, data] = side === null
          ? distanceChart(cells, grid, size)
          : valuesChart(cells, grid, size, side, sides[place]);
        spec.width = { step: size };
        // A few long rows are easier to point at when they are taller.
        spec.height = { step: Math.max(size, Math.min(24, Math.floor(72 / map.rows))) };
        return { box, spec, data, heading: side === null ? null : make("h5", null, sides[place]) };
      });
      plots.replaceChildren(...drawn.map(({ box, heading }) => make("div", null, heading, box)));
      const { cell, row, column } = cells[cursor];
      const made = await Promise.all(drawn.map(({ box, spec, data }) =>
        xcheck.charts.draw(box, spec, { cells: data, cursor: [{ cell, row, column }] })));
      if (own !== turn) {
        // Asked to draw again meanwhile.
        for (const view of made) view.finalize();
        return;
      }
      views = made;
      for (const view of views) {
        for (const type of ["pointermove", "pointerdown"]) {
          view.addEventListener(type, (event, item) => {
            const found = item?.datum?.cell;
            if (found !== undefined && found !== cursor) move(found);
          });
        }
      }
      element.dataset.ready = way;
    }

    xcheck.theme.follow(element, redraw);
    move(cursor);
    return { element, redraw };
  }

  return { heat, coordinate };
})();
