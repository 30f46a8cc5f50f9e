// The log of events, newest first.
import { clock, element, find } from "./page_parts.js";

const place = find("events");
const MOST = 200;

export class EventLog {
  constructor() {
    this.names = [];
  }

  reset(events, names) {
    this.names = names;
    place.replaceChildren(...events.slice(-MOST).reverse().map((e) => this.line(e)));
  }

  add(event) {
    place.prepend(this.line(event));
    while (place.children.length > MOST) place.lastElementChild.remove();
  }

  line(event) {
    const line = element("li");
    const moment = event.event === "start" ? event.start : event.end;
    const begins = event.event === "start" ? "begins" : `ends after ${(event.end - event.start).toFixed(1)} s`;
    const where = this.names.length > 1 ? ` (${this.names[event.stream]})` : "";
    line.append(
      element("time", clock(moment)),
      element("span", `#${event.track_id} ${event.name} ${begins}${where}`),
    );
    return line;
  }
}
