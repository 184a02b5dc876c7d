// Vega-Lite charts: a specification from the page, filled with one tensor's data and the theme's colours.
xcheck.charts = (() => {
  const { byId } = xcheck.dom;
  const { colour } = xcheck.theme;

  function specification(name, params) {
    const spec = JSON.parse(byId(`chart-${name}`).textContent);
    for (const param of spec.params) if (param.name in params) param.value = params[param.name];
    return spec;
  }

  function config() {
    const [ink, faint, line] = [colour("ink"), colour("faint"), colour("line")];
    return {
      background: "transparent",
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: { labelColor: faint, titleColor: faint, domainColor: line, tickColor: line, titleFontWeight: 400 },
      legend: { labelColor: faint, titleColor: faint, titleFontWeight: 400 },
      header: { labelColor: ink, titleColor: ink },
    };
  }

  // Draws into the element; gives the view. The expression interpreter spares the page `eval`.
  async function draw(element, spec, datasets) {
    const embed = await xcheck.store.library();
    const options = {
      mode: "vega-lite", renderer: "svg", ast: true, actions: false, tooltip: false, defaultStyle: false,
      downloadFileName: "xcheck", config: config(),
    };
    const { view } = await embed(element, { ...spec, datasets }, options);
    return view;
  }

  return { specification, draw };
})();
