// The page: listens to server-sent events and hands them to its parts.
import { EventLog } from "./event_log.js";
import { clock, element, find, notice } from "./page_parts.js";
import { Picture } from "./picture.js";
import { Thresholds } from "./thresholds.js";
import { Timeline } from "./timeline.js";

const RETRY = 3000;
const STATES = { running: "running", waiting: "waiting for the first frame", reconnecting: "reconnecting", ended: "ended", failed: "failed" };
const picture = new Picture();
const timeline = new Timeline();
const log = new EventLog();
const thresholds = new Thresholds((classes) => {
  picture.classes = classes;
  picture.draw();
});
let streams = [];
let chosen = 0;
let lastEvent = 0;
let statusAt = 0;

function listen() {
  const source = new EventSource("/events");
  const on = (kind, act) => source.addEventListener(kind, (message) => act(JSON.parse(message.data)));
  on("state", showAll);
  on("status", showStatus);
  on("event", addEvent);
  on("thresholds", (classes) => thresholds.show(classes));
  on("missed", async () => showAll(await (await fetch("/state")).json()));
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) {
      notice("The connection to stal live was lost; trying again.");
      return;
    }
    source.close(); // refused: the browser does not try again by itself
    explainRefusal();
    setTimeout(listen, RETRY);
  };
}

async function explainRefusal() {
  try {
    const response = await fetch("/thresholds");
    if (response.status === 401) notice("This page needs the address with ?token=..., as stal live printed it.");
    else notice("Too many browsers are listening, or stal live is busy; trying again.");
  } catch {
    notice("stal live does not answer; trying again.");
  }
}

/** Show a whole state: at the beginning, and after the connection was lost. */
function showAll(state) {
  notice("");
  lastEvent = state.num_events;
  thresholds.reset(state.classes, state.floor);
  timeline.reset(state.timeline);
  log.reset(state.events, state.streams.map((s) => s.name));
  streams = [];
  showStatus(state);
  choose(Math.min(chosen, streams.length - 1));
}

function addEvent(event) {
  if (event.number <= lastEvent) return; // was in the state already
  lastEvent = event.number;
  timeline.add(event);
  log.add(event);
}

function showStatus(status) {
  const anew = streams.length !== status.streams.length;
  streams = status.streams;
  statusAt = performance.now();
  if (anew) find("streams").replaceChildren(...streams.map(streamButton));
  streams.forEach((stream, number) => {
    const button = find("streams").children[number];
    button.querySelector(".dot").className = `dot ${stream.state}`;
    button.title = STATES[stream.state];
  });
  const stream = streams[chosen];
  if (!stream) return;
  showPhase(stream);
  const latency = stream.latency === null ? "–" : `${Math.round(1000 * stream.latency)} ms`;
  showNumbers([
    ["frames per second", stream.fps.toFixed(1)],
    ["latency", latency],
    ["persons", stream.people],
    ["time", clock(stream.time)],
    ["frame", stream.frame],
    ["skipped", stream.skipped],
    ["lost", stream.lost],
    ["watching", status.clients],
  ]);
}

function showPhase(stream) {
  let text = `${stream.name}: ${STATES[stream.state]}`;
  if (stream.since !== null) text += ` since ${new Date(1000 * stream.since).toLocaleTimeString()}`;
  if (stream.state === "running" && stream.age > 2) text += `, last frame ${stream.age.toFixed(0)} s ago`;
  if (stream.error) text += `: ${stream.error}`;
  const place = find("phase");
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("bad", stream.state === "reconnecting" || stream.state === "failed");
}

function showNumbers(pairs) {
  const made = pairs.map(([name, value]) => {
    const group = element("div");
    group.append(element("dt", name), element("dd", String(value)));
    return group;
  });
  find("numbers").replaceChildren(...made);
}

function streamButton(stream, number) {
  const button = element("button", "", { type: "button" });
  button.append(element("span", "", { class: "dot" }), stream.name);
  button.addEventListener("click", () => choose(number));
  return button;
}

function choose(number) {
  chosen = Math.max(0, number);
  [...find("streams").children].forEach((button, each) => button.setAttribute("aria-pressed", each === chosen));
  picture.show(chosen);
  if (streams[chosen]) showPhase(streams[chosen]);
}

/** The timeline moves on between two messages, as long as frames come. */
function drawTimeline() {
  const stream = streams[chosen];
  if (!stream || document.hidden) return;
  const moving = stream.state === "running" && stream.age < 2;
  const since = moving ? Math.min(2, (performance.now() - statusAt) / 1000) : 0;
  timeline.draw(chosen, stream.time + since, thresholds.classes);
}

function followTheme() {
  const select = find("theme");
  const apply = () => {
    if (select.value) document.documentElement.dataset.theme = select.value;
    else delete document.documentElement.dataset.theme;
  };
  try {
    select.value = localStorage.getItem("stal-theme") ?? "";
  } catch {
    // a browser that stores nothing
  }
  apply();
  select.addEventListener("change", () => {
    apply();
    try {
      localStorage.setItem("stal-theme", select.value);
    } catch {
      // as above
    }
  });
}

followTheme();
listen();
setInterval(drawTimeline, 250);
