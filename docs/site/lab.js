// Labs: sliders, and charts that follow them; docs/lab.hpp says what a lab is. Where a page has
// <div class="lab" data-lab="NAME">, the script labs/NAME.js has brought the lab's WebAssembly.
(() => {
  const kLooks = ["line", "stairs", "bars", "faint"];
  const kDashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
  const kFont = "13px system-ui, sans-serif", kRow = 18, kTick = 5;

  const element = (name, parent, attributes = {}) => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    return parent.appendChild(made);
  };

  const shown = (number) => {
    if (number === 0) return "0";  // also −0
    if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "none";
    const size = Math.abs(number), rounded = Number(number.toPrecision(4));
    const grouped = { maximumSignificantDigits: 8, useGrouping: size >= 1e4 };
    const text = size < 1e-4 || size >= 1e7 ? Number(number.toPrecision(3)).toExponential().replace("+", "")
      : (Number.isInteger(number) ? number : rounded).toLocaleString("en-US", grouped);
    return text.replace(/-/g, "−");
  };

  // ---- The lab, in WebAssembly ------------------------------------------------------------------

  async function load(name) {
    const bytes = Uint8Array.from(atob(window.qkoanLabs[name]), (letter) => letter.charCodeAt(0));
    const proc_exit = (code) => { throw new Error(`the lab ended with ${code}`); };
    const { instance } = await WebAssembly.instantiate(bytes, { wasi_snapshot_preview1: { proc_exit } });
    instance.exports._initialize();
    return instance.exports;
  }

  // Runs the lab; positions[n] is where slider n stands.
  function run(lab, positions) {
    new Int32Array(lab.memory.buffer, lab.lab_positions(), positions.length).set(positions);
    const at = lab.lab_update(), bytes = new Uint8Array(lab.memory.buffer);
    const text = new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
    const numbers = new Float32Array(lab.memory.buffer, lab.lab_numbers(), lab.lab_numbers_size()).slice();
    const state = JSON.parse(text);
    for (const chart of state.charts) {
      for (const axis of [chart.x, chart.y]) [axis.first, axis.last] = numbers.subarray(axis.at, axis.at + 2);
      for (const curve of chart.curves) curve.numbers = numbers.subarray(curve.at, curve.at + curve.points);
    }
    for (const one of [...state.sliders, ...state.values]) one.number = numbers[one.at];
    return state;
  }

  // ---- Axes -------------------------------------------------------------------------------------

  function fitted(axis, curves) {
    if (axis.first !== axis.last) return axis;
    const all = curves.flatMap((curve) => [...curve.numbers].filter(Number.isFinite));
    let low = Math.min(0, ...all), high = Math.max(0, ...all);
    if (low === high) high = low + 1;
    const room = 0.05 * (high - low);
    if (low < 0) low -= room;
    if (high > 0) high += room;
    return { ...axis, first: low, last: high };
  }

  function ticks(axis, count) {
    const all = [];
    if (axis.logarithmic) {
      for (let tick = axis.first; tick <= axis.last; tick *= 2) all.push(tick);
      return all;
    }
    const rough = (axis.last - axis.first) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    for (let n = Math.ceil(axis.first / step - 1e-9); n * step <= axis.last + step * 1e-9; ++n)
      all.push(Number((n * step).toPrecision(12)));
    return all;
  }

  const scale = (axis, from, to) => {
    const along = axis.logarithmic ? Math.log2 : (x) => x;
    return (x) => from + (to - from) * (along(x) - along(axis.first)) / (along(axis.last) - along(axis.first));
  };

  // ---- A chart ----------------------------------------------------------------------------------

  function drawAxes(pen, area, chart, x, y, colour) {
    pen.font = kFont;
    pen.lineWidth = 1;
    const line = (x0, y0, x1, y1) => {
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    };
    pen.fillStyle = colour("ink");
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const tick of area.yTicks) {
      const at = Math.round(y(tick)) + 0.5;
      pen.strokeStyle = colour("grid");
      line(area.left, at, area.right, at);
      pen.fillText(shown(tick), area.left - kTick - 2, at);
    }
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const tick of area.xTicks) {
      const at = Math.round(x(tick)) + 0.5;
      pen.strokeStyle = colour("ink");
      line(at, area.bottom, at, area.bottom + kTick);
      pen.fillText(shown(tick), at, area.bottom + kTick + 2);
    }
    pen.strokeStyle = colour("ink");
    line(area.left, area.top, area.left, area.bottom);
    line(area.left, area.bottom, area.right, area.bottom);
    pen.fillText(chart.x.label, (area.left + area.right) / 2, area.bottom + kRow + kTick);
    pen.save();
    pen.translate(2, (area.top + area.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(chart.y.label, 0, 0);
    pen.restore();
  }

  function drawBars(pen, numbers, x, y, zero) {
    const width = 0.7 * (x(1) - x(0));
    numbers.forEach((number, n) => pen.fillRect(x(n) - width / 2, y(number), width, y(zero) - y(number)));
  }

  function drawLine(pen, numbers, x, y, stairs) {
    let down = false;
    pen.beginPath();
    numbers.forEach((number, n) => {
      const seen = Number.isFinite(number);
      for (const at of seen ? (stairs ? [n - 0.5, n + 0.5] : [n]) : []) {
        if (down) pen.lineTo(x(at), y(number));
        else pen.moveTo(x(at), y(number));
        down = true;
      }
      down &&= seen;
    });
    pen.stroke();
  }

  function drawCurves(pen, area, chart, x, y, axis, colour) {
    pen.save();
    pen.beginPath();
    pen.rect(area.left, area.top - 2, area.right - area.left, area.bottom - area.top + 4);  // a line's width more
    pen.clip();
    for (const curve of chart.curves) {
      const step = (chart.x.last - chart.x.first) / (curve.points - 1);
      const place = (n) => x(chart.x.first + n * step), look = kLooks[curve.look];
      pen.strokeStyle = pen.fillStyle = colour(curve.colour);
      pen.lineWidth = look === "faint" ? 1.5 : 2.5;
      pen.setLineDash(curve.dash);
      if (look === "bars") drawBars(pen, curve.numbers, place, y, Math.max(0, axis.first));
      else drawLine(pen, curve.numbers, place, y, look === "stairs");
    }
    pen.restore();
  }

  function draw(canvas, chart) {
    const style = getComputedStyle(canvas), width = canvas.clientWidth;
    const height = canvas.clientHeight, dense = window.devicePixelRatio || 1;
    if (width === 0) return;
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    const pen = canvas.getContext("2d"), colour = (name) => style.getPropertyValue(`--lab-${name}`);
    pen.scale(dense, dense);
    pen.font = kFont;
    const axis = fitted(chart.y, chart.curves);
    const yTicks = ticks(axis, 5), xTicks = ticks(chart.x, Math.max(3, Math.min(9, width / 70)));
    const labels = Math.max(38, ...yTicks.map((tick) => pen.measureText(shown(tick)).width));
    const area = { left: kRow + labels + 2 * kTick, right: width - 14, top: 10, bottom: height - 2 * kRow - 2 * kTick,
      xTicks, yTicks };
    const wide = chart.curves.some((curve) => ["bars", "stairs"].includes(kLooks[curve.look]));
    const half = wide ? (area.right - area.left) / (2 * chart.curves[0].points) : 0;
    const x = scale(chart.x, area.left + half, area.right - half), y = scale(axis, area.bottom, area.top);
    drawAxes(pen, area, chart, x, y, colour);
    drawCurves(pen, area, chart, x, y, axis, colour);
  }

  // Colours and dashes in the order of the curves; what is there to compare with is grey.
  function dress(chart) {
    let next = 0;
    for (const curve of chart.curves) {
      const faint = kLooks[curve.look] === "faint";
      curve.dash = faint ? [] : kDashes[next % kDashes.length];
      curve.colour = faint ? "faint" : 1 + next++ % kDashes.length;
    }
  }

  function legend(list, chart) {
    const curves = chart.curves.filter((curve, n, all) => all.findIndex((one) => one.name === curve.name) === n);
    list.replaceChildren();
    if (curves.length < 2) return;
    for (const curve of curves) {
      const item = element("li", list);
      const swatch = '<svg width="28" height="10" aria-hidden="true"><path d="M1 5h26" fill="none" stroke="var(--lab-' +
        `${curve.colour})" stroke-width="2.5" stroke-dasharray="${curve.dash.join(" ")}"/></svg>`;
      item.innerHTML = swatch;
      item.append(curve.name);
    }
  }

  // What a chart shows, in words.
  function words(chart) {
    const curves = chart.curves.filter((curve) => kLooks[curve.look] !== "faint").map((curve) => {
      const seen = [...curve.numbers].filter(Number.isFinite);
      return `${curve.name}: ${shown(seen[0])} at the left, ${shown(seen.at(-1))} at the right, ` +
        `between ${shown(Math.min(...seen))} and ${shown(Math.max(...seen))}`;
    });
    return `${chart.title}: ${chart.y.label} against ${chart.x.label}, ${shown(chart.x.first)} to ` +
      `${shown(chart.x.last)}. ${curves.join("; ")}.`;
  }

  // ---- The whole --------------------------------------------------------------------------------

  function controls(box, state, moved) {
    const list = element("div", box, { class: "lab-sliders" });
    return state.sliders.map((slider, n) => {
      const label = element("label", list);
      element("span", label).textContent = slider.name;
      const input = element("input", label, { type: "range", min: 0, step: 1 });
      input.addEventListener("input", () => moved(n, Number(input.value)));
      return { input, output: element("output", label) };
    });
  }

  function charts(box, state) {
    return state.charts.map((chart) => {
      const figure = element("div", box, { class: "lab-chart" });
      element("p", figure, { class: "lab-title" }).textContent = chart.title;
      return { list: element("ul", figure), canvas: element("canvas", figure, { role: "img" }) };
    });
  }

  function show(box, lab) {
    let state = run(lab, []), waiting = false;
    const positions = state.sliders.map((slider) => slider.position);
    const sliders = controls(box, state, (n, position) => {
      positions[n] = position;
      if (!waiting) requestAnimationFrame(update);
      waiting = true;
    });
    const figures = charts(box, state), values = element("dl", box);

    const paint = () => state.charts.forEach((chart, n) => draw(figures[n].canvas, chart));
    const update = () => {
      waiting = false;
      state = run(lab, positions);
      state.sliders.forEach((slider, n) => {
        const { input, output } = sliders[n], text = slider.words[slider.position] ?? shown(slider.number);
        positions[n] = slider.position;
        input.max = slider.last;
        input.value = slider.position;
        input.setAttribute("aria-valuetext", text);
        output.textContent = text;
      });
      state.charts.forEach((chart, n) => {
        dress(chart);
        legend(figures[n].list, chart);
        figures[n].canvas.setAttribute("aria-label", words(chart));
      });
      values.replaceChildren();
      for (const value of state.values) {
        const row = element("div", values);
        element("dt", row).textContent = value.name;
        element("dd", row).textContent = shown(value.number);
      }
      paint();
    };
    update();
    new ResizeObserver(paint).observe(box);
    document.addEventListener("themechange", paint);
    box.dataset.ready = "";
  }

  for (const box of document.querySelectorAll(".lab")) {
    load(box.dataset.lab).then((lab) => show(box, lab)).catch((error) => {
      element("p", box, { class: "lab-fault" }).textContent =
        `These sliders need a browser that has WebAssembly with SIMD, such as those since 2023. (${error.message})`;
    });
  }
})();
