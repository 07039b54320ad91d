/** What lies under the trails: a graticule, halls and stands, rooms by number of people, and squares of people. */
import { metres, whole } from "./format.js";
import { project } from "./geometry.js";
import { strings } from "./strings.js";

const fills = { building: "--ground", hall: "--hall", booth: "--booth", room: "--room", cafe: "--room", canteen: "--room", other: "--room" };
/** Zones that contain zones are drawn first. */
const order = { building: 0, hall: 1 };

/** The outlines of a plan's features: `{ id, rings, box, kind, name }` in the order in which they are drawn. */
export function zonesOf(features) {
  const zones = features.flatMap(({ id, geometry, properties }) => {
    const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [];
    const rings = polygons.flat().map((ring) => ring.map(([longitude, latitude]) => project(latitude, longitude)));
    if (rings.length === 0) return [];
    const corners = rings.flat();
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    return [{ id, rings, box, kind: properties?.kind ?? "", name: properties?.name ?? "" }];
  });
  return zones.sort((one, other) => (order[one.kind] ?? 2) - (order[other.kind] ?? 2));
}

/** Whether a place is in a zone. */
export function contains(zone, x, y) {
  let isInside = false;
  for (const ring of zone.rings) {
    for (let index = 0, before = ring.length - 1; index < ring.length; before = index, index += 1) {
      const [[x1, y1], [x2, y2]] = [ring[index], ring[before]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
    }
  }
  return isInside;
}

const isVisible = (view, [left, top, right, bottom]) => view.x(right) > 0 && view.y(bottom) > 0 && view.x(left) < view.width && view.y(top) < view.height;

/**
 * Draws the zones.
 *
 * @param {Map<number, number>} people the number of persons by zone; without it, zones have the colours of their kinds
 * @param {number} most the number of the darkest colour
 */
export function drawZones(context, view, zones, people, most, selected, colour) {
  const heat = colour("--heat");
  for (const zone of zones) {
    if (!isVisible(view, zone.box)) continue;
    context.beginPath();
    for (const ring of zone.rings) {
      ring.forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](view.x(x), view.y(y)));
      context.closePath();
    }
    context.fillStyle = colour(people ? "--ground" : (fills[zone.kind] ?? "--ground"));
    context.fill("evenodd");
    const number = zone.kind === "building" ? undefined : people?.get(zone.id);
    if (number) {
      context.fillStyle = heat;
      // The root separates small numbers as well.
      context.globalAlpha = 0.1 + 0.55 * Math.sqrt(number / most);
      context.fill("evenodd");
      context.globalAlpha = 1;
    }
    context.lineWidth = zone.id !== undefined && zone.id === selected ? 3 : 1;
    context.strokeStyle = colour(zone.id !== undefined && zone.id === selected ? "--accent" : "--ground-line");
    context.stroke();
  }
  context.lineWidth = 1;
}

/** Writes the names of zones, and their numbers, where they have room and cover no other name. */
export function drawNames(context, view, zones, people, colour) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  const taken = [];
  const write = (words, x, y, font, tone) => {
    context.font = font;
    const half = context.measureText(words).width / 2;
    const box = [x - half - 2, y - 7, x + half + 2, y + 7];
    if (taken.some(([left, top, right, bottom]) => box[0] < right && box[2] > left && box[1] < bottom && box[3] > top)) return false;
    taken.push(box);
    // Readable on each colour of a room.
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = colour("--surface");
    context.globalAlpha = 0.7;
    context.strokeText(words, x, y);
    context.globalAlpha = 1;
    context.fillStyle = colour(tone);
    context.fillText(words, x, y);
    return true;
  };
  for (const { id, box, kind, name } of zones) {
    if (kind === "building" || !name || !isVisible(view, box)) continue;
    const [left, top, right, bottom] = [view.x(box[0]), view.y(box[1]), view.x(box[2]), view.y(box[3])];
    context.font = "11px system-ui, sans-serif";
    const number = people?.get(id);
    const isWide = context.measureText(name).width <= right - left - 6;
    const middle = (left + right) / 2;
    const height = kind === "hall" ? top + 11 : (top + bottom) / 2;
    if (isWide && bottom - top > 12) write(kind === "hall" && number ? `${name} · ${whole(number)}` : name, middle, number && kind !== "hall" ? height - 8 : height, "11px system-ui, sans-serif", "--text");
    if (number && kind !== "hall" && right - left > 16 && bottom - top > 12) write(whole(number), middle, isWide && bottom - top > 30 ? height + 8 : height, "600 13px system-ui, sans-serif", "--text");
  }
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
}

/** Draws squares of people: `{ left, top, right, bottom, persons }`. */
export function drawSquares(context, view, squares, most, colour) {
  context.fillStyle = colour("--heat");
  for (const { left, top, right, bottom, persons } of squares) {
    const [x, y] = [view.x(left), view.y(top)];
    const [width, height] = [view.x(right) - x, view.y(bottom) - y];
    if (x > view.width || y > view.height || x + width < 0 || y + height < 0) continue;
    context.globalAlpha = 0.15 + (0.65 * persons) / most;
    context.fillRect(x, y, Math.max(width, 2), Math.max(height, 2));
  }
  context.globalAlpha = 1;
}

/** Draws a graticule at round metres. Returns the metres between its lines, or `undefined` if it would be too wide. */
export function drawGraticule(context, view, colour) {
  if (!(view.metresPerPixel > 0) || view.metresPerPixel > 20_000) return undefined;
  const rough = view.metresPerPixel * 110;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((value) => value >= rough) ?? rough;
  const pixels = step / view.metresPerPixel;
  context.strokeStyle = colour("--graticule");
  context.lineWidth = 1;
  context.beginPath();
  for (let x = -(view.left % pixels); x < view.width; x += pixels) {
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, view.height);
  }
  for (let y = -(view.top % pixels); y < view.height; y += pixels) {
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(view.width, Math.round(y) + 0.5);
  }
  context.stroke();
  return step;
}

/** Writes the width of the graticule's squares, over everything else. */
export function drawScale(context, view, step, colour) {
  if (!step) return;
  const words = strings.map.squares(metres(step));
  context.font = "11px system-ui, sans-serif";
  const width = context.measureText(words).width;
  context.globalAlpha = 0.75;
  context.fillStyle = colour("--surface");
  context.fillRect(view.width - width - 14, view.height - 22, width + 10, 18);
  context.globalAlpha = 1;
  context.fillStyle = colour("--quiet");
  context.fillText(words, view.width - width - 9, view.height - 9);
}
