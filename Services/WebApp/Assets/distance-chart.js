/** The distance between two persons over time, as SVG. */
import { svg } from "./charts.js";
import { clock, roundMetres } from "./format.js";
import { strings } from "./strings.js";

const text = strings.sheet;

const [width, height, left, bottom] = [480, 132, 40, 22];
/** Distances beyond this many metres are drawn at the edge. */
const farthest = 20;
const minute = 60_000;

/** A round step of the time axis with at most six marks, in milliseconds. */
const stepOf = (span) => [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440].map((minutes) => minutes * minute).find((step) => span / step <= 6) ?? 1_440 * minute;

/**
 * The distance between two persons over time: a band of one standard deviation for each overlap, a dot for each reading, and a
 * line at the limit.
 *
 * @param {{overlaps: Array<Object>, readings: Array<{time: number, distance: number}>}} data overlaps with `start`, `end`,
 *   `distance`, `distance_deviation` and `isMeeting`, and measured distances
 * @param {{start: number, end: number}} window the time that is shown
 * @param {number} limit the distance of a meeting in metres
 * @param {string} label what the chart says, in a sentence
 */
export function distanceChart({ overlaps, readings }, { start, end }, limit, label) {
  const most = Math.min(farthest, Math.max(limit * 2, readings.length ? 10 : 5, ...overlaps.map(({ distance, distance_deviation }) => distance + distance_deviation)));
  const x = (time) => left + ((Math.min(Math.max(time, start), end) - start) / (end - start)) * (width - left - 4);
  const y = (distance) => 8 + (1 - Math.min(Math.max(distance, 0), most) / most) * (height - bottom - 8);
  const band = ({ start: from, end: to, distance, distance_deviation, isMeeting }) => {
    const [top, base] = [y(distance + distance_deviation), y(distance - distance_deviation)];
    const [first, last] = [x(from), Math.max(x(to), x(from) + 2)];
    return svg(
      "g",
      { class: isMeeting ? "together" : "apart" },
      svg("rect", { class: "band", x: first, y: top, width: last - first, height: Math.max(base - top, 2), rx: 3 }),
      svg("line", { class: "middle", x1: first, x2: last, y1: y(distance), y2: y(distance) }),
    );
  };
  const step = stepOf(end - start);
  const marks = [];
  for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
    marks.push(svg("line", { class: "tick", x1: x(time), x2: x(time), y1: height - bottom, y2: height - bottom + 4 }), svg("text", { x: x(time), y: height - 4, "text-anchor": "middle" }, clock(time)));
  }
  const value = (distance) => svg("text", { x: left - 6, y: y(distance) + 4, "text-anchor": "end" }, roundMetres(distance));
  return svg(
    "svg",
    { class: "distance-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("line", { class: "axis", x1: left, x2: width - 4, y1: height - bottom, y2: height - bottom }),
    marks,
    value(0),
    value(limit),
    most > limit * 1.6 ? value(most) : [],
    readings.filter(({ time, distance }) => time >= start && time <= end && distance <= most).map(({ time, distance }) => svg("circle", { class: "reading", cx: x(time), cy: y(distance), r: 1.5 })),
    overlaps.map(band),
    svg("line", { class: "limit", x1: left, x2: width - 4, y1: y(limit), y2: y(limit) }, svg("title", {}, text.limit(roundMetres(limit)))),
  );
}
