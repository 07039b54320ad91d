/** The live event: the rate of locations, the people present, a heat map, and the latest meetings. */
import { fill, h } from "./dom.js";
import { clock, clockWithSeconds, compact, duration, fullName, moment } from "./format.js";
import { follow } from "./live.js";
import { EventMap } from "./map.js";
import { factsOf } from "./meetings.js";
import { emptyState, load, skeleton } from "./states.js";
import { strings } from "./strings.js";

const text = strings.event;

export function eventPage({ main, signal, router, services, settings }) {
  router.title(text.title);
  const figures = h("dl", { class: "figures" });
  const newest = h("div", { class: "list" });
  const asOf = h("p", { class: "quiet", role: "status" });
  const mapElement = h("div", { class: "map tall" });
  const hint = h("p", { class: "quiet" });
  fill(
    main,
    h("div", { class: "head" }, h("div", {}, h("h1", { text: text.title }), h("p", { class: "lead", text: text.lead })), asOf),
    figures,
    h(
      "div",
      { class: "columns" },
      h("section", { "aria-labelledby": "newest" }, h("h2", { id: "newest", text: text.newest }), newest),
      h("section", { class: "sticky", "aria-labelledby": "heat" }, h("h2", { id: "heat", text: text.heat }), mapElement, hint),
    ),
  );
  let map;
  const show = (event) => {
    const figure = (label, value, note) => h("div", { class: "figure" }, h("dt", { text: label }), h("dd", {}, value, note && h("small", { text: note })));
    fill(
      figures,
      figure(text.rate, compact(event.locations_per_second)),
      figure(text.seen, event.persons_seen.toLocaleString("en"), text.seenHint(Math.round(event.window / 60))),
      figure(text.lag, duration(event.lag)),
      figure(text.stored, compact(event.locations)),
    );
    asOf.textContent = event.time ? text.asOf(clockWithSeconds(moment(event.time))) : "";
    hint.textContent = text.heatHint(event.least_persons);
    map?.showHeat(event.heat);
    if (!event.newest) fill(newest, skeleton(6));
    else fill(newest, event.newest.length ? meetings(event.newest) : emptyState(text.noMeetings));
  };
  requestAnimationFrame(() => {
    map = new EventMap(mapElement, settings, signal);
    load(newest, 6, signal, async () => {
      const { value } = await services.get("/api/event", {}, signal);
      show(value);
      return [...newest.childNodes];
    }).then(() => {
      if (signal.aborted) return;
      follow(
        (last) => services.url("/api/event/stream", { last_event_id: last }),
        { event: show },
        (isLive) => {
          if (!isLive) asOf.textContent = text.stale;
        },
        () => {},
        signal,
      );
    });
  });
}

function meetings(encounters) {
  return h(
    "ol",
    { class: "meetings" },
    encounters.map((encounter) => {
      const [first, second] = encounter.persons;
      return h(
        "li",
        { class: "meeting" },
        h("strong", {}, h("a", { href: `/people/${first.id}?with=${second.id}`, text: text.metBetween(fullName(first), fullName(second)) })),
        h("span", { class: "when", text: `${clock(moment(encounter.start))}–${clock(moment(encounter.end))}` }),
        h("span", { class: "facts", text: factsOf(encounter) }),
      );
    }),
  );
}
