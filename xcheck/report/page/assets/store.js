// The page's data: compressed text in inert script elements, unpacked only when it is looked at.
xcheck.store = (() => {
  const { byId } = xcheck.dom;
  const kept = new Map();

  async function unpack(id) {
    const text = atob(byId(`data-${id}`).textContent);
    const bytes = new Uint8Array(text.length);
    for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  }

  const text = async (id) => new TextDecoder().decode(await unpack(id));

  const json = async (id) => JSON.parse(await text(id));

  function once(id, load) {
    if (!kept.has(id)) kept.set(id, load(id));
    return kept.get(id);
  }

  let list = null;

  async function open() {
    list = await json("rows");
    return list;
  }

  // The details of the case with this number among those that have any, null where there was no room for them.
  async function detail(number) {
    const place = list.chunks.findIndex(([first, count]) => number >= first && number < first + count);
    if (place < 0) return null;
    return (await once(`chunk-${place}`, json))[number - list.chunks[place][0]];
  }

  // One map: what `packing.map_bytes` wrote.
  async function map(number) {
    return once(`map-${number}`, async (id) => {
      const data = new DataView(await unpack(id));
      const column = (start, count) =>
        Array.from({ length: count }, (_, k) => data.getBigUint64((start + k) * 8, true));
      const [rows, columns, blockRows, blockColumns, cells] = column(0, 5).map(Number);
      const left = column(5, cells);
      const right = column(5 + cells, cells).map((bits, k) => bits ^ left[k]);
      const single = data.byteLength === (5 + 2 * cells) * 8;
      const places = single ? null : column(5 + 2 * cells, cells).map(Number);
      const counts = single ? null : column(5 + 3 * cells, cells).map(Number);
      return { rows, columns, blockRows, blockColumns, cells, left, right, places, counts };
    });
  }

  // The chart library, run when the first chart is drawn. The page's policy knows it by its hash.
  function library() {
    return once("library", async (id) => {
      const script = document.createElement("script");
      script.textContent = await text(id);
      document.head.append(script);
      return window.vegaEmbed;
    });
  }

  return { open, detail, map, library };
})();
