// Where the label of a box goes: where it covers no other label, if there is room.

/**
 * Choose the upper left corner of a label: the first spot that is free, else the one
 * that covers least.
 *
 * box: [x1, y1, x2, y2]; size and frame: [width, height]; taken: boxes of the labels
 * that are there, to which this one is added.
 */
export function placeLabel(box, size, frame, taken) {
  const [x1, y1, x2, y2] = box;
  const [wide, high] = size;
  const lefts = [x1, x2 - wide];
  const tops = [y1 - high, y2, y1, y2 - high, y1 - 2 * high, y2 + high, y1 - 3 * high];
  let best = null;
  let least = Infinity;
  for (const top of tops) {
    for (const left of lefts) {
      const x = Math.max(0, Math.min(left, frame[0] - wide));
      const y = Math.max(0, Math.min(top, frame[1] - high));
      const spot = [x, y, x + wide, y + high];
      const covered = taken.reduce((sum, other) => sum + overlap(spot, other), 0);
      if (covered < least) [best, least] = [spot, covered];
    }
  }
  taken.push(best);
  return [best[0], best[1]];
}

function overlap(a, b) {
  const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(0, wide) * Math.max(0, high);
}
