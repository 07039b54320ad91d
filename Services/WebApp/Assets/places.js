/** Meeting places: those that would overlap are one disc with their number. */

/** The distance at which discs are joined, in pixels. */
const nearness = 22;

/**
 * Joins places that are near each other on the screen.
 *
 * @param {Array<{x: number, y: number, weight: number}>} places
 * @param {number} scale pixels for each unit
 * @param {any} apart a place that stays apart
 * @returns {Array<{x: number, y: number, places: Array}>} groups; their place is that of their heaviest member
 */
export function grouped(places, scale, apart) {
  const cells = new Map();
  const groups = [];
  for (const place of places.toSorted((one, other) => other.weight - one.weight)) {
    if (place === apart) continue;
    const [column, row] = [Math.floor((place.x * scale) / nearness), Math.floor((place.y * scale) / nearness)];
    let near;
    for (let x = column - 1; x <= column + 1; x += 1) {
      for (let y = row - 1; y <= row + 1; y += 1) {
        near ??= cells.get(`${x} ${y}`)?.find((group) => Math.hypot(group.x - place.x, group.y - place.y) * scale < nearness);
      }
    }
    if (near) {
      near.places.push(place);
      continue;
    }
    const group = { x: place.x, y: place.y, places: [place] };
    groups.push(group);
    const key = `${column} ${row}`;
    cells.set(key, [...(cells.get(key) ?? []), group]);
  }
  return groups;
}

/** The radius of a group's disc in pixels. */
export const radiusOf = ({ places }) => (places.length > 1 ? Math.min(9 + Math.log2(places.length), 15) : Math.min(4 + Math.log2(1 + places[0].weight / 30), 10));

/** Draws discs, the number of meetings in each, and the selected place on top. */
export function drawPlaces(context, view, groups, selected, colour) {
  context.lineWidth = 2;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "600 11px system-ui, sans-serif";
  // The others step back while one is selected.
  context.globalAlpha = selected ? 0.45 : 0.9;
  for (const group of groups) {
    const [x, y] = [view.x(group.x), view.y(group.y)];
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    disc(context, x, y, radiusOf(group), colour("--meeting"), colour("--surface"));
    if (group.places.length === 1) continue;
    context.fillStyle = colour("--surface");
    context.fillText(group.places.length > 99 ? "99+" : String(group.places.length), x, y + 0.5);
  }
  context.globalAlpha = 1;
  if (selected) disc(context, view.x(selected.x), view.y(selected.y), 11, colour("--selected"), colour("--surface"));
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
}

export function disc(context, x, y, radius, fill, edge) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.strokeStyle = edge;
  context.fill();
  context.stroke();
}
