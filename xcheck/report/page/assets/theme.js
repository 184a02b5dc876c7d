// Dark or light: as the system has it, or as chosen here. Charts ask for their colours anew when it changes.
xcheck.theme = (() => {
  const KEY = "xcheck-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Set();

  // A page from a file may be refused its storage; then the choice lasts as long as the page is open.
  function stored(value) {
    try {
      if (value === undefined) return localStorage.getItem(KEY) ?? "auto";
      localStorage.setItem(KEY, value);
    } catch {
      // See above.
    }
    return value ?? "auto";
  }

  function choose(choice) {
    const root = document.documentElement;
    root.dataset.theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
    for (const listener of listeners) listener();
  }

  function start() {
    let choice = stored();
    choose(choice);
    system.addEventListener("change", () => choose(choice));
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => {
        choice = stored(button.dataset.themeChoice);
        choose(choice);
      });
    }
  }

  const dark = () => document.documentElement.dataset.theme === "dark";

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // Calls back at each change until the element is gone from the page.
  function follow(element, listener) {
    const own = () => (element.isConnected ? listener() : listeners.delete(own));
    listeners.add(own);
  }

  return { start, dark, colour, follow };
})();
