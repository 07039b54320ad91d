/** Where a person was: the visits of zones in order of time, and the sessions attended there. */
import { bdi, fill, h } from "./dom.js";
import { clock, date, duration, moment } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.visits;
/** Maximum number of visits. */
const most = 200;

/** Fills an element with a heading and the visits; halls and buildings only hold the others. */
export function visitList(element, { id, services, signal }) {
  const list = h("div", {});
  fill(element, h("h2", { id: "visits", text: text.title }), list);
  return load(list, 5, signal, async () => {
    const { value } = await services.get(`/api/persons/${id}/visits`, { limit: most }, signal);
    const visits = value.filter(({ zone }) => !["building", "hall"].includes(zone.kind));
    if (visits.length === 0) return emptyState(text.none, text.noneHint);
    const days = Map.groupBy(visits, ({ start }) => date(moment(start)));
    return [...days].map(([day, entries]) => [h("h3", { text: day }), h("ol", { class: "visits" }, entries.map(visit))]).flat();
  });
}

function visit({ zone, start, end, duration: seconds, sessions }) {
  return h(
    "li",
    { class: `visit ${zone.kind}` },
    h("time", { datetime: start, text: `${clock(moment(start))}–${clock(moment(end))}` }),
    h("span", {}, h("strong", {}, bdi(zone.name)), sessions.map(({ title }) => h("span", { class: "quiet" }, bdi(title)))),
    h("span", { class: "quiet", text: duration(seconds) }),
  );
}
