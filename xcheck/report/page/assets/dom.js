// Elements are made one by one and text is only ever text: no name from an export is read as HTML.
xcheck.dom = (() => {
  const byId = (id) => document.getElementById(id);

  // make("p", { class: "note", onclick: f }, "text", element, ...): null and false are left out.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  // A name from an export, kept from turning the text around it.
  const name = (text, attributes) => make("bdi", attributes, text);

  const many = (count, thing) => `${xcheck.bits.grouped(count)} ${thing}${count === 1 ? "" : "s"}`;

  const mark = (kind) =>
    make("span", { class: `mark ${kind.id}` }, make("span", { "aria-hidden": "true" }, kind.sign), ` ${kind.word}`);

  return { byId, make, name, many, mark };
})();
