// A slider per class, and one for all. A move is told to the server, at most five times
// a second, and the server tells everybody.
import { element, find, notice } from "./page_parts.js";

const place = find("thresholds");
const filter = find("filter");
const PAUSE = 200;
const MANY = 15;

export class Thresholds {
  /** `changed` is called with the classes when a threshold has moved. */
  constructor(changed) {
    this.changed = changed;
    this.classes = [];
    this.sliders = [];
    this.pending = new Map();
    this.timer = null;
    filter.addEventListener("input", () => this.search());
  }

  reset(classes, floor) {
    this.classes = classes;
    this.all = null;
    const rows = classes.map((action) => this.slider(action.name, floor, action.label, action));
    this.sliders = rows.map((r) => r.querySelector("input"));
    if (classes.length > 1) {
      const whole = this.slider("all", floor, null);
      this.all = whole.querySelector("input");
      rows.unshift(whole);
    }
    place.replaceChildren(...rows);
    filter.hidden = classes.length <= MANY;
    this.search();
    this.show(classes);
  }

  /** Show only the classes whose names hold what is looked for. */
  search() {
    const wanted = filter.value.trim().toLowerCase();
    this.classes.forEach((action, label) => {
      this.sliders[label].parentElement.hidden = !action.name.toLowerCase().includes(wanted);
    });
  }

  /** Show what the server says, except for what was moved here since. */
  show(classes) {
    for (const action of classes) {
      if (this.pending.has(action.label)) continue;
      this.classes[action.label] = { ...this.classes[action.label], threshold: action.threshold };
      this.set(this.sliders[action.label], action.threshold);
    }
    const values = this.classes.map((action) => action.threshold);
    if (this.all) this.set(this.all, Math.min(...values), Math.min(...values) === Math.max(...values));
    this.changed(this.classes);
  }

  set(slider, value, whole = true) {
    slider.value = value;
    slider.parentElement.querySelector("output").textContent = whole ? value.toFixed(2) : "various";
  }

  slider(name, floor, label, action = null) {
    const row = element("div", "", { class: "threshold" });
    const id = `threshold-${label ?? "all"}`;
    const text = element("label", "", { for: id });
    if (action) {
      const swatch = element("span", "", { class: "swatch" });
      swatch.style.background = action.color;
      text.append(swatch);
    }
    text.append(name);
    const limits = { min: floor, max: 1, step: 0.01 };
    const input = element("input", "", { id, type: "range", ...limits });
    input.addEventListener("input", () => this.move(label, Number(input.value)));
    row.append(text, element("output", "", { for: id }), input);
    return row;
  }

  move(label, value) {
    const labels = label === null ? this.classes.map((action) => action.label) : [label];
    for (const each of labels) {
      this.classes[each] = { ...this.classes[each], threshold: value };
      this.set(this.sliders[each], value);
      this.pending.set(each, value);
    }
    this.changed(this.classes);
    this.timer ??= setTimeout(() => this.tell(), PAUSE);
  }

  async tell() {
    const told = this.pending;
    this.pending = new Map();
    this.timer = null;
    try {
      const response = await fetch("/thresholds", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([...told].map(([label, threshold]) => ({ label, threshold }))),
      });
      if (response.ok) return; // the answer comes to all, in the order of all moves
      const { detail } = await response.json();
      notice(`The thresholds were refused: ${detail}`);
      this.show(await (await fetch("/thresholds")).json());
    } catch {
      this.pending = new Map([...told, ...this.pending]);
      this.timer ??= setTimeout(() => this.tell(), 5 * PAUSE);
    }
  }
}
