/** Trails: the whole day as a faint bitmap, and the minutes around the moment that is shown at full strength. */
import { indexAt, metresPerPixel, project } from "./geometry.js";

/** Half of the time that is at full strength, in milliseconds. */
export const halfWindow = 7.5 * 60_000;
/** The maximum number of points of a frame: a line of thousands of points in a hand's breadth costs more time than it tells. */
const mostPoints = 300;
/** Maximum age of a person's last location on the map, in milliseconds. */
const staleness = 15 * 60_000;
/** Maximum time between locations that a line connects, and between which a person moves on it, in milliseconds. */
const [longestStep, longestMove] = [10 * 60_000, 3 * 60_000];
/** No one at an event is as fast, in metres per second. */
const greatestSpeed = 70;

/**
 * Locations as columns, so that a hundred thousand of them are drawn in a few milliseconds.
 *
 * @param {Array<Object>} locations locations of the API in the order of time
 * @param {(text: string) => number} moment parses a time
 */
export function trailOf(locations, moment) {
  const column = () => new Float64Array(locations.length);
  const trail = { times: column(), xs: column(), ys: column(), accuracies: column(), isFar: new Uint8Array(locations.length) };
  locations.forEach((location, index) => {
    trail.times[index] = moment(location.creation_time);
    [trail.xs[index], trail.ys[index]] = project(Number(location.latitude), Number(location.longitude));
    trail.accuracies[index] = location.accuracy ?? 0;
  });
  trail.metresPerPixel = locations.length ? metresPerPixel(Number(locations[locations.length >> 1].latitude)) : 1;
  markOutliers(trail);
  return trail;
}

/** Marks locations that could only be reached at an impossible speed, from the one before and to the one after. */
function markOutliers(trail) {
  const { times, xs, ys, isFar } = trail;
  const isImpossible = (one, other) => {
    const distance = Math.hypot(xs[one] - xs[other], ys[one] - ys[other]) * trail.metresPerPixel;
    // Fixes of one second may be some hundred metres apart without being outliers of the map.
    return distance > 2_000 && distance > (greatestSpeed * Math.abs(times[other] - times[one])) / 1_000;
  };
  for (let index = 0, last = -1; index < times.length; index += 1) {
    const isLast = index + 1 === times.length;
    const isFarFromNext = !isLast && isImpossible(index, index + 1);
    // If the second and the third are apart as well, the second is the outlier, not the first.
    if (last < 0) isFar[index] = Number(isFarFromNext && index + 2 < times.length && !isImpossible(index + 1, index + 2));
    else isFar[index] = Number(isImpossible(last, index) && (isFarFromNext || isLast));
    if (!isFar[index]) last = index;
  }
}

/**
 * Draws a trail or a part of one: a line, and one dot per pixel. A part leaves out points evenly if it has too many.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Object} view see `EventMap.view`
 * @param {number} from the first index
 * @param {number} to the index after the last
 * @returns {number} the number of points that were looked at
 */
export function drawTrail(context, view, trail, from, to) {
  const { times, xs, ys, isFar } = trail;
  const isWhole = to - from === times.length;
  const step = isWhole ? 1 : Math.max(1, Math.ceil((to - from) / mostPoints));
  let looked = 0;
  let [lastX, lastY, lastTime] = [NaN, NaN, -Infinity];
  const dots = [];
  context.beginPath();
  // Whole multiples, so that the line keeps its points while the window moves.
  for (let index = Math.ceil(from / step) * step; index < to; index += step) {
    looked += 1;
    if (isFar[index]) continue;
    const x = Math.round(view.x(xs[index]));
    const y = Math.round(view.y(ys[index]));
    const time = times[index];
    if (x !== lastX || y !== lastY) {
      if (time - lastTime > longestStep) context.moveTo(x, y);
      else context.lineTo(x, y);
      if (x > -4 && y > -4 && x < view.width + 4 && y < view.height + 4) dots.push(x, y);
    }
    [lastX, lastY, lastTime] = [x, y, time];
  }
  context.lineWidth = 1.5;
  context.stroke();
  // One path: dots that overlap are not darker.
  context.beginPath();
  for (let index = 0; index < dots.length; index += 2) context.rect(dots[index] - 1.5, dots[index + 1] - 1.5, 3, 3);
  context.fill();
  return looked;
}

/** The indices of a trail's locations around a moment: the first, and the one after the last. */
export function windowAround(trail, moment) {
  return [indexAt(trail.times, moment - halfWindow) + 1, indexAt(trail.times, moment + halfWindow) + 1];
}

/** A person's place at a moment, on the way between two fixes; `undefined` without a recent fix. */
export function placeAt(trail, moment) {
  let index = indexAt(trail.times, moment);
  while (index >= 0 && trail.isFar[index]) index -= 1;
  if (index < 0 || moment - trail.times[index] > staleness) return undefined;
  const place = { x: trail.xs[index], y: trail.ys[index], accuracy: trail.accuracies[index] };
  let next = index + 1;
  while (next < trail.times.length && trail.isFar[next]) next += 1;
  const length = trail.times[next] - trail.times[index];
  if (!(length > 0 && length <= longestMove)) return place;
  const part = (moment - trail.times[index]) / length;
  place.x += part * (trail.xs[next] - place.x);
  place.y += part * (trail.ys[next] - place.y);
  return place;
}
