// The picture of the chosen stream, with boxes that are drawn here: thresholds act at
// once, letters are sharp. Each picture comes with its own detections, and the next one
// is asked for when the last one is drawn: a slow browser only gets fewer.
import { placeLabel } from "./label_spots.js";
import { find } from "./page_parts.js";

const canvas = find("picture");
const context = canvas.getContext("2d");
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

export class Picture {
  constructor() {
    this.stream = 0;
    this.classes = [];
    this.image = null;
    this.result = null;
    this.after = 0;
    this.waiting = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.follow();
  }

  /** Show another stream, or this one from anew. */
  show(stream) {
    if (stream !== this.stream) this.image = this.result = null;
    this.stream = stream;
    this.after = 0;
    this.waiting?.abort();
    this.draw();
  }

  async follow() {
    for (;;) {
      if (document.hidden) {
        await pause(0.5);
        continue;
      }
      try {
        await this.next();
      } catch {
        await pause(this.waiting.signal.aborted ? 0 : 1);
      }
    }
  }

  async next() {
    this.waiting = new AbortController();
    const signal = this.waiting.signal;
    const address = `/frame/${this.stream}?after=${this.after}`;
    const response = await fetch(address, { signal });
    if (response.status === 204) return;
    if (!response.ok) throw new Error(`status ${response.status}`);
    const form = await response.formData();
    const image = await createImageBitmap(form.get("picture"));
    if (signal.aborted) return;
    this.image?.close();
    this.image = image;
    this.result = JSON.parse(form.get("result"));
    this.after = this.result.frame;
    this.draw();
  }

  /** Boxes whose score reaches the threshold of their class, with all their labels. */
  boxes() {
    const found = new Map();
    for (const row of this.result?.detections ?? []) {
      const action = this.classes[row.label];
      if (!action || row.score < action.threshold) continue;
      const key = row.box.join();
      if (!found.has(key)) found.set(key, { box: row.box, id: row.track_id, labels: [] });
      found.get(key).labels.push({ action, score: row.score });
    }
    return [...found.values()];
  }

  draw() {
    if (!this.image) {
      context.clearRect(0, 0, canvas.width, canvas.height);
      canvas.setAttribute("aria-label", "No picture yet");
      return;
    }
    const dense = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * dense));
    const height = Math.max(1, Math.round((width * this.image.height) / this.image.width));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.drawImage(this.image, 0, 0, width, height);
    const boxes = this.boxes();
    const scale = [width / this.result.width, height / this.result.height];
    const placed = boxes.map((each) => ({ ...each, box: each.box.map((value, i) => value * scale[i % 2]) }));
    const taken = [];
    for (const each of placed) drawEdges(each, dense);
    for (const each of placed) drawLabel(each, dense, taken); // no edge crosses a label
    const said = boxes.map((b) => `person ${b.id}: ${b.labels.map((l) => l.action.name).join(", ")}`);
    canvas.setAttribute("aria-label", said.length ? said.join("; ") : "Nobody does anything that counts");
  }
}

function drawEdges({ box: [x1, y1, x2, y2], labels }, dense) {
  context.lineWidth = 2 * dense;
  context.strokeStyle = labels[0].action.color;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

function drawLabel({ box, id, labels }, dense, taken) {
  const size = (canvas.clientWidth < 500 ? 10 : 13) * dense;
  const line = 1.4 * size;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const texts = labels.map(({ action, score }, row) => `${row ? "" : `#${id} `}${action.name} ${score.toFixed(2)}`);
  const wide = Math.min(canvas.width, Math.max(...texts.map((t) => context.measureText(t).width)) + size);
  const frame = [canvas.width, canvas.height];
  const [left, top] = placeLabel(box, [wide, texts.length * line], frame, taken);
  texts.forEach((text, row) => {
    context.fillStyle = labels[row].action.color;
    context.fillRect(left, top + row * line, wide, line);
    context.fillStyle = labels[row].action.text_color;
    context.fillText(text, left + size / 2, top + (row + 0.5) * line, wide - size);
  });
}
