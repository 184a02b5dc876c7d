// A case of a diff: every change, both sides of it, and the tensors before and after.
xcheck.diffed = (() => {
  const { make, name, many } = xcheck.dom;
  const { amount, tensor, histogram } = xcheck.parts;
  const SIDES = ["old", "new"];

  function view(detail) {
    return [
      make("p", { class: "origin" }, detail.profile || null,
        detail.oldName !== null && [detail.profile ? " · " : "", "was ", name(detail.oldName)]),
      detail.note !== null && make("p", null, detail.note),
      detail.changes.map((change) => changeView(change)),
      histogram(detail.changes.flatMap((change) => change.tensors.map((each) => ({ title: `${change.item}: ${each.name}`, elements: each.elements })))),
      make("details", { class: "both" }, make("summary", null, "Content hashes"),
        make("dl", { class: "hashes" }, SIDES.map((side, k) => detail.hashes[k] !== null && make("div", { class: "side" },
          make("dt", null, side), make("dd", null, make("code", null, detail.hashes[k])))))),
    ];
  }

  function changeView(change) {
    const missing = () => make("div", { class: "note" }, make("p", null, "The page had no room for this heat map: a diff of exports with fewer cases has more room for each."));
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
      change.shown !== null && make("p", null, `The same values as in ${change.shown}, which shows them.`),
      tensors);
  }

  return { view };
})();
