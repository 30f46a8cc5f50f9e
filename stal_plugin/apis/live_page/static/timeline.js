// Bars of the actions of each person in the last minute, made of starts and ends.
import { clock, element, find } from "./page_parts.js";

const place = find("timeline");
const SECONDS = 60;
const PEOPLE = 12;
const READABLE = 5; // seconds; a shorter bar has its name as a tooltip only

export class Timeline {
  constructor() {
    this.segments = [];
  }

  reset(segments) {
    this.segments = segments;
  }

  /** Take in a start or an end. */
  add(event) {
    const same = (s) => !s.ended && s.stream === event.stream && s.track_id === event.track_id && s.label === event.label;
    this.segments = this.segments.filter((s) => !same(s));
    this.segments.push({ ...event, ended: event.event === "end" });
  }

  /** Draw the minute before `now`, in seconds of the stream, or its first minute. */
  draw(stream, now, classes) {
    const begin = Math.max(0, now - SECONDS);
    this.segments = this.segments.filter((s) => s.stream !== stream || !s.ended || s.end > begin).slice(-1000);
    const people = new Map();
    for (const segment of this.segments) {
      if (segment.stream !== stream) continue;
      if (!people.has(segment.track_id)) people.set(segment.track_id, []);
      people.get(segment.track_id).push(segment);
    }
    const ids = [...people.keys()].sort((a, b) => a - b);
    const shown = ids.slice(-PEOPLE);
    const rows = shown.map((id) => row(id, people.get(id), begin, now, classes));
    const scale = element("div", "", { class: "scale" });
    scale.append(element("span", clock(begin, 0)), element("span", clock(begin + SECONDS, 0)));
    const line = element("div", "", { class: "row" });
    line.append(element("span", ids.length > shown.length ? `+${ids.length - shown.length}` : ""), scale);
    place.replaceChildren(...rows, line);
    const going = this.segments.filter((s) => s.stream === stream && !s.ended);
    const said = going.map((s) => `person ${s.track_id}: ${s.name}`).join("; ");
    place.setAttribute("aria-label", `${ids.length} persons in the last minute. Now: ${said || "no action"}`);
  }
}

function row(id, segments, begin, now, classes) {
  const made = element("div", "", { class: "row" });
  const lane = element("div", "", { class: "lane" });
  for (const segment of segments) {
    const action = classes[segment.label];
    const end = segment.ended ? segment.end : now;
    const from = Math.max(begin, segment.start);
    const bar = element("div", end - from < READABLE ? "" : segment.name, { class: "bar" });
    bar.title = `${segment.name}, ${clock(segment.start)} to ${segment.ended ? clock(end) : "now"}`;
    bar.style.left = `${(100 * (from - begin)) / SECONDS}%`;
    bar.style.width = `${(100 * Math.max(0, end - from)) / SECONDS}%`;
    bar.style.background = action?.color;
    bar.style.color = action?.text_color;
    lane.append(bar);
  }
  made.append(element("span", `#${id}`), lane);
  return made;
}
