// A case of a check: what explains it, the chain of layers, and every finding.
xcheck.checked = (() => {
  const { make, name, many, mark } = xcheck.dom;
  const { command, list, amount, tensor, histogram } = xcheck.parts;
  const STATES = {
    right: ["✓", "right"],
    wrong: ["✗", "wrong here"],
    inherited: ["↳", "inherited"],
    admitted: ["≈", "admitted"],
    "not told": ["?", "not told"],
  };
  const SIDES = ["Lean", "reference"];

  function view(detail, kinds) {
    return [
      make("p", { class: "origin" }, name(detail.file), detail.profile ? ` · ${detail.profile}` : "",
        detail.agree ? ` · ${many(detail.agree, "other item")} ${detail.agree === 1 ? "agrees" : "agree"}` : ""),
      detail.diagnosis.length > 0 && make("section", { class: "diagnosis" }, make("h4", null, "Diagnosis"), detail.diagnosis.map(explanation)),
      detail.items.map((item) => itemView(item, detail, kinds)),
      histogram(detail.items.flatMap((item) => item.findings.filter((finding) => finding.elements)
        .map((finding) => ({ title: `${item.item}: ${where(finding)}`, elements: finding.elements })))),
      make("section", { class: "reproduce" }, make("h4", null, "This case alone"), command(detail.reproduce, detail.copy)),
    ];
  }

  function explanation(each) {
    const all = each.complete ? "explains all of it" : `explains ${each.explained} of ${many(each.findings, "finding")}`;
    return make("div", { class: `explanation${each.complete ? " complete" : ""}` },
      make("p", { class: "says" }, make("b", null, each.says), " ", make("span", { class: "share" }, all)),
      make("p", null, make("b", null, "Look at: "), each.look),
      each.items.length > 0 && make("p", null, make("b", null, "Then agree: "), each.items.join(", ")),
      !each.elsewhere && make("p", null, make("b", null, "But: "), "items that agree now would not agree under it."),
      list("This case cannot tell it from", each.alike));
  }

  function itemView(item, detail, kinds) {
    const kind = kinds.find((each) => each.id === item.status);
    // What is only inherited is right by itself: it is there for who asks.
    return make("section", { class: "item" },
      make("h4", null, name(item.item), " ", mark(kind), make("span", { class: "line" }, ` line ${item.line}`)),
      item.reason !== null && make("p", { class: "reason" }, make("b", null, item.findings.length ? "Not comparable in part: " : "Reason: "), name(item.reason)),
      item.steps.length > 0 && chain(item),
      item.shown !== null && make("p", null, `The same findings as in ${item.shown}, which shows them.`),
      item.findings.map((finding, place) => findingView(item, finding, place, detail)),
      list("Admitted by allowance", item.admitted));
  }

  // The layers in order, as boxes; the first that is wrong by itself is the one to look at.
  function chain(item) {
    const first = item.steps.find((step) => step.state === "wrong");
    const box = (step) => {
      const [sign, word] = STATES[step.state];
      const target = item.findings.findIndex((finding) => finding.layer === step.layer);
      const inside = [
        make("span", { class: "state" }, make("span", { "aria-hidden": "true" }, `${sign} `), step === first ? "first wrong" : word),
        make("b", { class: "kind" }, `${step.layer} `, name(step.kind)),
        make("span", { class: "shapes" }, `[${step.input.join(", ")}] → [${step.output.join(", ")}]`),
        step.differing > 0 && make("span", { class: "off" }, `${xcheck.bits.grouped(step.differing)} of ${xcheck.bits.grouped(step.total)}, ${step.ulp === null ? "no distance" : `${xcheck.bits.short(BigInt(step.ulp))} ulp`}`),
      ];
      const go = target < 0 ? null : () => {
        const found = document.getElementById(findingId(item, target));
        found.open = true;
        found.querySelector("summary").focus();
        found.scrollIntoView({ block: "start" });
      };
      return make("li", { class: `step ${step.state.replace(" ", "-")}${step === first ? " first" : ""}` },
        go ? make("button", { type: "button", onclick: go }, inside) : make("div", null, inside));
    };
    return make("div", { class: "chain-box" }, make("ol", { class: "chain", "aria-label": `Layers of ${item.item}` }, item.steps.map(box)));
  }

  const findingId = (item, place) => `finding-${item.line}-${place}`;

  function where(finding) {
    const parts = [];
    if (finding.layer !== null) parts.push(`layer ${finding.layer}${finding.kind ? ` ${finding.kind}` : ""}`);
    if (finding.tensor !== null) parts.push(finding.tensor);
    return parts.length ? parts.join(", ") : finding.what;
  }

  function findingView(item, finding, place, detail) {
    const { elements } = finding;
    const at = where(finding);
    const missing = () => make("div", { class: "note" }, make("p", null, "The page had no room for this heat map. It is on the page of this case alone:"),
      command(`${detail.reproduce} --format html -o case.html`, `${detail.copy} --format html -o case.html`));
    const box = make("details", { class: `finding${finding.inherited ? " inherited" : ""}`, id: findingId(item, place), open: !finding.inherited },
      make("summary", null,
        make("b", null, finding.what), at !== finding.what ? [" at ", name(at)] : "", elements ? `, shape [${elements.shape.join(", ")}]` : "",
        elements && make("span", { class: "amount" }, amount(elements)), finding.inherited && make("span", { class: "amount" }, "↳ inherited")));
    const body = () => [
      list(null, finding.why),
      finding.sides && make("dl", { class: "texts" }, SIDES.map((side, k) => make("div", { class: "side" }, make("dt", null, side), make("dd", null, make("pre", null, finding.sides[k]))))),
      elements && tensor(elements, `${finding.what} at ${at}`, SIDES, missing),
    ].filter(Boolean);
    // A closed finding is filled when it is opened: a long chain would otherwise draw all its maps.
    if (finding.inherited) box.addEventListener("toggle", () => box.append(...body()), { once: true });
    else box.append(...body());
    return box;
  }

  return { view };
})();
