/** Charts as SVG, each with a table of the same figures. */
import { h } from "./dom.js";
import { clock, duration, moment, share, whole } from "./format.js";
import { strings } from "./strings.js";

const text = strings.event;
/** The number of rows of a chart; the table has all. */
const rows = 10;

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat());
  return element;
}

/** A bar of a share of the width, from another share. */
export function bar(part, from = 0, mark = undefined) {
  const percent = (number) => `${(100 * number).toFixed(2)}%`;
  const shapes = [svg("rect", { class: "bar-ground", width: "100%", height: "100%", rx: 3 }), svg("rect", { class: "bar-part", x: percent(from), width: percent(Math.max(part - from, 0.006)), height: "100%", rx: 3 })];
  if (mark !== undefined) shapes.push(svg("rect", { class: "bar-mark", x: percent(Math.min(mark, 0.99)), width: 3, height: "100%" }));
  return svg("svg", { class: "chart-bar", "aria-hidden": "true" }, shapes);
}

/** A table behind a button. */
export function tableOf(title, heads, lines, caption = text.table) {
  const head = h("tr", {}, heads.map((name) => h("th", { scope: "col", text: name })));
  const body = lines.map(([first, ...cells]) => h("tr", {}, h("th", { scope: "row" }, h("bdi", { text: first })), cells.map((cell) => h("td", { text: cell }))));
  return h(
    "details",
    { class: "chart-table" },
    h("summary", { text: caption }),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("caption", { class: "unseen", text: title }), h("thead", {}, head), h("tbody", {}, body))),
  );
}

/** A chart with its heading, or the reason why it is missing. */
export function chartCard(id, title, hint, isEmpty, ...content) {
  return h("section", { class: "chart", "aria-labelledby": id }, h("h2", { id, text: title }), h("p", { class: "quiet", text: isEmpty ? text.nothing : hint }), isEmpty ? undefined : content);
}

/** How long visits last: the middle half, and the median. */
export function dwellChart(dwell) {
  const shown = dwell.filter(({ zone }) => zone.kind !== "building").toSorted((one, other) => other.visitors - one.visitors);
  const most = Math.max(60, ...shown.slice(0, rows).map(({ upper_quartile }) => upper_quartile));
  const line = ({ zone, lower_quartile, median, upper_quartile }) =>
    h("li", {}, h("bdi", { class: "chart-name", text: zone.name }), bar(upper_quartile / most, lower_quartile / most, median / most), h("span", { class: "chart-value", text: duration(median) }));
  const lines = shown.map(({ zone, visitors, lower_quartile, median, upper_quartile, return_share }) => [
    zone.name,
    whole(visitors),
    duration(median),
    `${duration(lower_quartile)} – ${duration(upper_quartile)}`,
    share(return_share),
  ]);
  const table = tableOf(text.dwell, [text.room, text.visitors, text.median, text.quartiles, text.returns], lines);
  return chartCard("dwell", text.dwell, text.dwellHint, shown.length === 0, h("ul", { class: "chart-rows" }, shown.slice(0, rows).map(line)), table);
}

/** How many people attended each session, by the time of their start. */
export function sessionChart(sessions, pick) {
  const most = Math.max(5, ...sessions.map(({ attendees }) => attendees ?? 0));
  const line = ({ title, start, end, zone_id: zone, attendees }) => {
    const middle = (moment(start) + moment(end)) / 2;
    const value = h("span", { class: "chart-value", text: attendees ? whole(attendees) : text.hidden });
    return h("li", {}, h("button", { type: "button", class: "session", onclick: () => pick(middle, zone) }, h("bdi", { class: "session-title", text: title, title }), bar((attendees ?? 0) / most), value));
  };
  const groups = Map.groupBy(sessions, ({ start, end }) => `${clock(moment(start))}–${clock(moment(end))}`);
  const group = ([time, parallel]) => h("li", {}, h("p", { class: "session-time", text: time }), h("ol", { class: "session-group" }, parallel.map(line)));
  return chartCard("sessions", text.sessions, text.sessionsHint, sessions.length === 0, h("ol", { class: "sessions", tabindex: "0", "aria-labelledby": "sessions" }, [...groups].map(group)));
}
