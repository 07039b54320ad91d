/** The sheet of a person: the meetings, one of them on a map and as distances over time, and why it is a meeting. */
import { contactBox } from "./contacts.js";
import { distanceChart } from "./distance-chart.js";
import { fill, h } from "./dom.js";
import { showEvidence } from "./evidence.js";
import { clock, date, duration, fullName, metres, moment, percent, roundMetres, timeRange } from "./format.js";
import { distances, whereOf } from "./groups.js";
import { EventMap, trailOf } from "./map.js";
import { noteBox, star } from "./notes.js";
import { avatar, bdi, inWords } from "./rows.js";
import { load } from "./states.js";
import { strings } from "./strings.js";
import { reasonAgainst } from "./why.js";

const text = strings.sheet;
/** The time around a meeting that the map and the chart show, in milliseconds. */
const around = 15 * 60_000;
/** Maximum number of overlaps in the chart. */
const mostOverlaps = 200;
/** Maximum time between two locations whose distance is shown, in milliseconds. */
const sameTime = 20_000;
const metresPerDegree = 111_195;
/** Beside the list from this width on; over it on narrower windows. */
const isWide = matchMedia("(min-width: 60rem)");

export class Sheet {
  /** @param {DayPage} page */
  constructor(page) {
    this.page = page;
    this.content = h("div", {});
    this.element = h("dialog", { class: "sheet", "aria-labelledby": "sheet-title", oncancel: (event) => (event.preventDefault(), this.leave()), onkeydown: (event) => event.key === "Escape" && (event.preventDefault(), this.leave()) }, this.content);
    isWide.addEventListener("change", () => this.element.open && (this.element.close(), this.present()), { signal: page.signal });
    page.signal.addEventListener("abort", () => this.close());
  }

  /** Shows a person; `start` selects a meeting. */
  open(id, entry, start) {
    if (this.id === id) return start && this.choose?.(start);
    this.close();
    this.id = id;
    this.opening = new AbortController();
    const signal = AbortSignal.any([this.page.signal, this.opening.signal]);
    fill(this.content);
    this.present();
    load(this.content, 8, signal, () => this.build(id, entry, start, signal));
  }

  present() {
    if (isWide.matches) this.element.show();
    else this.element.showModal();
  }

  close() {
    this.opening?.abort();
    this.id = this.choose = undefined;
    if (this.element.open) this.element.close();
  }

  /** Closes the sheet and continues at the row of its person. */
  leave() {
    const { id, page } = this;
    page.router.remember({ with: "", at: "" }, true);
    page.open(new URLSearchParams(location.search));
    page.lists.querySelector(`[data-key="${id}"] > a`)?.focus({ preventScroll: true });
  }

  async build(id, entry, start, signal) {
    const { page } = this;
    const kind = entry?.kind ?? "passed";
    const rule = { distance: distances[kind] };
    const path = `/api/persons/${page.id}/encounters/${id}/evidence`;
    const { value } = await page.services.get(path, { ...rule, limit: mostOverlaps }, signal);
    const other = value.persons[1];
    const meetings = value.encounters.map((encounter) => ({ ...encounter, person: other }));
    const detail = h("div", { class: "sheet-detail" });
    const items = meetings.map((meeting) => this.item(meeting, entry));
    this.choose = (at) => {
      const chosen = meetings.findIndex((meeting) => meeting.start === at);
      const longest = meetings.reduce((best, meeting, index) => (meeting.together > meetings[best].together ? index : best), 0);
      const index = chosen < 0 ? longest : chosen;
      items.forEach((item, place) => item.firstChild.setAttribute("aria-pressed", String(place === index)));
      items[index].scrollIntoView({ block: "nearest", inline: "nearest" });
      this.showing?.abort();
      this.showing = new AbortController();
      load(detail, 5, AbortSignal.any([signal, this.showing.signal]), (current) => this.detail(meetings[index], rule, other, detail, current));
    };
    if (meetings.length) requestAnimationFrame(() => !signal.aborted && this.choose(start));
    return [
      h(
        "header",
        { class: "sheet-head" },
        avatar(other, "large"),
        h("div", { class: "who" }, h("h2", { id: "sheet-title", tabindex: "-1" }, bdi(fullName(other))), h("p", { class: "quiet" }, bdi(other.company_name))),
        page.notes.isAvailable && star(page.notes, id, () => page.regroup()),
        h("button", { type: "button", class: "round", "aria-label": strings.evidence.close, onclick: () => this.leave(), text: "✕" }),
      ),
      meetings.length
        ? [
            h("p", { class: "verdict", text: summary(meetings, rule) }),
            start && meetings.every((meeting) => meeting.start !== start) && h("p", { class: "quiet", role: "status", text: text.noSuchMeeting }),
            h("ol", { class: "chips", "aria-label": strings.person.meetingsWith(fullName(other)) }, items),
            detail,
          ]
        : [h("p", { class: "verdict", text: strings.whyNot.title }), h("p", { text: await reasonAgainst(value, page.person, other, {}, page, signal) })],
      page.contacts.isAvailable && contactBox(page.contacts, other, () => page.regroup()),
      page.notes.isAvailable && noteBox(page.notes, id, () => page.regroup()),
    ].flat();
  }

  item(meeting, entry) {
    const [start, end] = [moment(meeting.start), moment(meeting.end)];
    const same = entry?.meetings.filter((other) => moment(other.start) < end && moment(other.end) > start) ?? [];
    const places = inWords(whereOf(same));
    const choose = () => {
      this.page.router.remember({ at: meeting.start });
      this.choose(meeting.start);
    };
    return h(
      "li",
      {},
      h("button", { type: "button", "aria-pressed": "false", onclick: choose }, h("strong", { text: `${clock(start)}–${clock(end)}` }), h("span", { class: "quiet", text: duration(meeting.together) }), places.length > 0 && h("span", { class: "quiet" }, bdi(places.join(", ")))),
    );
  }

  /** The map, the chart and the reason of one meeting. */
  async detail(meeting, rule, other, element, signal) {
    const { services, session, settings, person } = this.page;
    const [start, end] = [moment(meeting.start), moment(meeting.end)];
    const window = { start: start - around, end: end + around };
    const times = { from: new Date(window.start).toISOString(), to: new Date(window.end).toISOString() };
    const trail = (id) => services.get(`/api/persons/${id}/locations`, times, signal).then(({ value }) => value, () => []);
    // Where signing in is required, a person sees no other trail.
    const [{ value }, own, theirs] = await Promise.all([
      services.get(`/api/persons/${person.id}/encounters/${other.id}/evidence`, { ...rule, ...times, limit: mostOverlaps }, signal),
      trail(person.id),
      session.isRequired ? [] : trail(other.id),
    ]);
    signal.throwIfAborted();
    const overlaps = value.overlaps.map((overlap) => ({ ...overlap, start: moment(overlap.start), end: moment(overlap.end), isMeeting: overlap.encounter !== null }));
    const sentence = text.because(timeRange(start, end), roundMetres(rule.distance), metres(meeting.distance), metres(meeting.distance_deviation), meeting.fixes, percent(meeting.probability));
    const mapElement = h("div", { class: "map small" });
    requestAnimationFrame(() => {
      if (signal.aborted || !mapElement.isConnected) return;
      const map = new EventMap(mapElement, settings, signal);
      // The map goes to the meeting first, so that it does not zoom out to the trails.
      map.showPlaces([meeting], () => {});
      map.select(meeting);
      map.showTrails([[own, "--own"], [theirs, "--other"]].filter(([locations]) => locations.length).map(([locations, colour]) => ({ trail: trailOf(locations, moment), colour })));
      map.showMoment((start + end) / 2);
    });
    return [
      h("p", { class: "because", text: sentence }),
      mapElement,
      h("ul", { class: "legend" }, h("li", {}, h("span", { class: "dot own", "aria-hidden": "true" }), bdi(fullName(person))), theirs.length > 0 && h("li", {}, h("span", { class: "dot other", "aria-hidden": "true" }), bdi(fullName(other))), h("li", {}, h("span", { class: "dot place", "aria-hidden": "true" }), text.place)),
      h("h3", { text: text.distance }),
      distanceChart({ overlaps, readings: readingsOf(own, theirs) }, window, rule.distance, sentence),
      h("p", { class: "actions" }, h("button", { type: "button", text: text.details, onclick: () => showEvidence(person, other, { ...rule, ...times }, { services, session, signal }) }), !session.isRequired && h("a", { class: "plain", href: `/people/${person.id}?with=${other.id}`, text: text.all })),
    ];
  }
}

/** The measured distance of each own location from the other's nearest one within `sameTime`. */
function readingsOf(own, theirs) {
  const times = theirs.map(({ creation_time }) => moment(creation_time));
  let next = 0;
  return own.flatMap((location) => {
    const time = moment(location.creation_time);
    while (next + 1 < times.length && Math.abs(times[next + 1] - time) <= Math.abs(times[next] - time)) next += 1;
    if (!(Math.abs(times[next] - time) <= sameTime)) return [];
    const [north, east] = ["latitude", "longitude"].map((name) => (Number(location[name]) - Number(theirs[next][name])) * metresPerDegree);
    return [{ time, distance: Math.hypot(north, east * Math.cos((Number(location.latitude) * Math.PI) / 180)) }];
  });
}

/** How often and how long the two were together, in a sentence. */
function summary(meetings, { distance }) {
  const together = meetings.reduce((sum, meeting) => sum + meeting.together, 0);
  const days = new Set(meetings.map(({ start }) => date(moment(start))));
  return text.summary(meetings.length, duration(together), roundMetres(distance), days.size === 1 ? [...days][0] : "");
}
