/** Where people go next: bands from the rooms on one side to those on the other. */
import { chartCard, svg, tableOf } from "./charts.js";
import { h } from "./dom.js";
import { whole } from "./format.js";
import { strings } from "./strings.js";

const text = strings.event;
/** The number of bands; the table has all flows. */
const bands = 12;
/** The height of the chart, the gap between rooms and the height of the smallest room, in pixels. */
const [height, gap, least] = [300, 6, 14];

export function flowChart(flows) {
  const box = h("div", { class: "flow-chart" });
  let width = 0;
  // The bands are in pixels, so that the text keeps its size.
  const resized = new ResizeObserver(() => {
    if (!box.clientWidth || box.clientWidth === width) return;
    width = box.clientWidth;
    box.replaceChildren(drawing(flows.slice(0, bands), width));
  });
  resized.observe(box);
  const lines = flows.map(({ from, to, persons }) => [from.name, to.name, whole(persons)]);
  return chartCard("flows", text.flows, text.flowsHint, flows.length === 0, box, tableOf(text.flows, [text.from, text.to, text.people], lines));
}

/** The rooms of one side from top to bottom: `{ id, name, persons, top, height, next }`. */
export function side(flows, key) {
  const nodes = new Map();
  for (const flow of flows) {
    const zone = flow[key];
    const node = nodes.get(zone.id) ?? { id: zone.id, name: zone.name, persons: 0 };
    node.persons += flow.persons;
    nodes.set(zone.id, node);
  }
  const sorted = [...nodes.values()].sort((one, other) => other.persons - one.persons);
  const total = sorted.reduce((sum, { persons }) => sum + persons, 0);
  const room = height - gap * (sorted.length - 1) - least * sorted.length;
  let top = 0;
  for (const node of sorted) {
    node.height = least + (room * node.persons) / total;
    node.top = node.next = top;
    node.perPerson = node.height / node.persons;
    top += node.height + gap;
  }
  return new Map(sorted.map((node) => [node.id, node]));
}

function drawing(flows, width) {
  const [sources, targets] = [side(flows, "from"), side(flows, "to")];
  const label = Math.min(130, width * 0.3);
  const [left, right] = [label, width - label];
  const middle = (left + right) / 2;
  const paths = flows.map(({ from, to, persons }) => {
    const [source, target] = [sources.get(from.id), targets.get(to.id)];
    const [one, other] = [persons * source.perPerson, persons * target.perPerson];
    const [y1, y2] = [source.next, target.next];
    source.next += one;
    target.next += other;
    const shape = `M${left + 6},${y1}C${middle},${y1} ${middle},${y2} ${right - 6},${y2}V${y2 + other}C${middle},${y2 + other} ${middle},${y1 + one} ${left + 6},${y1 + one}Z`;
    return svg("path", { class: "flow", d: shape }, svg("title", {}, `${from.name} → ${to.name}: ${whole(persons)}`));
  });
  const column = (nodes, x, anchor, textX) =>
    [...nodes.values()].flatMap((node) => [
      svg("rect", { class: "flow-node", x, y: node.top, width: 6, height: node.height, rx: 2 }),
      svg("text", { class: "flow-name", x: textX, y: node.top + node.height / 2, "text-anchor": anchor, "dominant-baseline": "central" }, clipped(node.name, label)),
    ]);
  const shapes = [...paths, ...column(sources, left, "end", left - 6), ...column(targets, right - 6, "start", right + 6)];
  return svg("svg", { width, height, role: "img", "aria-label": text.flows }, shapes);
}

/** A name that fits a width of about six pixels a letter. */
function clipped(name, width) {
  const letters = [...name];
  const most = Math.floor(width / 6.6);
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : name;
}
