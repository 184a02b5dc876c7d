// A case of a diff: every change, both sides of it, and the tensors before and after.
xcheck.diffed = (() => {
  const { make, name, many } = xcheck.dom;
  const { list, amount, tensor, histogram, command } = xcheck.parts;
  const SIDES = ["old", "new"];

  function view(detail) {
    return [
      make("p", { class: "origin" }, detail.profile || null,
        detail.oldName !== null && [detail.profile ? " · " : "", "was ", name(detail.oldName)]),
      make("dl", { class: "hashes" }, SIDES.map((side, k) => detail.hashes[k] !== null && make("div", { class: "side" },
        make("dt", null, `${side} content`), make("dd", null, make("code", null, detail.hashes[k]))))),
      detail.note !== null && make("p", null, detail.note),
      detail.changes.map((change) => changeView(change, detail)),
      histogram(detail.changes.flatMap((change) => change.tensors.map((each) => ({ title: `${change.item}: ${each.name}`, elements: each.elements })))),
    ];
  }

  function changeView(change, detail) {
    const missing = () => make("div", { class: "note" }, make("p", null, "The page had no room for this heat map. Fewer cases on each side leave more room for each:"),
      command(detail.fewer));
    const tensors = change.tensors.map((each, place) => make("details", { class: "finding", open: place === 0 },
      make("summary", null, make("b", null, each.name), `, shape [${each.elements.shape.join(", ")}]`, make("span", { class: "amount" }, amount(each.elements)))));
    tensors.forEach((box, place) => {
      const { elements, name: title } = change.tensors[place];
      const body = () => box.append(tensor(elements, `${change.item}, ${title}`, SIDES, missing));
      if (place === 0) body();
      else box.addEventListener("toggle", body, { once: true });
    });
    return make("section", { class: "item" },
      make("h4", null, name(change.item), " ", make("span", { class: "aspect" }, change.aspect)),
      make("p", { class: "says" }, name(change.text)),
      make("p", { class: "axes" }, change.axes.length
        ? [make("b", null, "Explained by "), change.axes.join(" and ")]
        : make("b", null, change.plain ? "Needs no explanation by an axis." : "Not explained by any axis.")),
      change.detail.length > 0 && make("details", { class: "both", open: change.detail.length <= 4 && !change.tensors.length },
        make("summary", null, `Both sides, ${many(change.detail.length, "line")}`), make("pre", null, change.detail.join("\n"))),
      tensors);
  }

  return { view };
})();
