// Small helpers. All text goes through textContent: a name from a checkpoint or a
// source is never read as HTML.

/** Make an element with text and attributes. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function find(id) {
  return document.getElementById(id);
}

/** Write seconds of a stream as 1:02:03.4, hours only if there are any. */
export function clock(seconds, digits = 1) {
  const scale = 10 ** digits;
  const whole = Math.round(seconds * scale);
  const rest = ((whole % (60 * scale)) / scale).toFixed(digits);
  const minutes = Math.floor(whole / (60 * scale));
  const hours = Math.floor(minutes / 60);
  const end = rest.padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${end}` : `${minutes}:${end}`;
}

/** Tell with a line at the top of the page; an empty one goes away. */
export function notice(text) {
  const place = find("notice");
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}
