/** The content of a person's sheet: the meetings, one of them on a map and as distances over time, and why it is a meeting. */
import { avatar } from "./avatar.js";
import { contactBox } from "./contacts.js";
import { distanceChart } from "./distance-chart.js";
import { bdi, h } from "./dom.js";
import { showEvidence } from "./evidence.js";
import { clock, date, duration, fullName, metres, moment, percent, roundMetres, timeRange } from "./format.js";
import { whereOf } from "./groups.js";
import { LateMap } from "./late-map.js";
import { noteBox, star } from "./notes.js";
import { inWords } from "./rows.js";
import { load } from "./states.js";
import { strings } from "./strings.js";
import { distances } from "./talk.js";
import { trailOf } from "./trails.js";
import { reasonAgainst } from "./why.js";

const text = strings.sheet;
/** The time around a meeting that the map and the chart show, in milliseconds. */
const around = 15 * 60_000;
/** Maximum number of overlaps in the chart. */
const mostOverlaps = 200;
/** Maximum time between two locations whose distance is shown, in milliseconds. */
const sameTime = 20_000;
const metresPerDegree = 111_195;
/**
 * The content of a sheet.
 *
 * @param {import("./sheet.js").Sheet} sheet whose `choose` then selects a meeting
 * @param {Object} entry the row of my day, if the person is in it
 * @param {string} start the meeting that is selected; else the longest one
 */
export async function sheetContent(sheet, id, entry, start, signal) {
  const { page } = sheet;
  let showing;
  const kind = entry?.kind ?? "passed";
  const rule = { distance: distances[kind] };
  const path = `/api/persons/${page.id}/encounters/${id}/evidence`;
  const { value } = await page.services.get(path, { ...rule, limit: mostOverlaps }, signal);
  const other = value.persons[1];
  const meetings = value.encounters.map((encounter) => ({ ...encounter, person: other }));
  const detail = h("div", { class: "sheet-detail" });
  const items = meetings.map((meeting) => item(meeting, entry, sheet));
  sheet.choose = (at) => {
    const chosen = meetings.findIndex((meeting) => meeting.start === at);
    const longest = meetings.reduce((best, meeting, index) => (meeting.together > meetings[best].together ? index : best), 0);
    const index = chosen < 0 ? longest : chosen;
    items.forEach((item, place) => item.firstChild.setAttribute("aria-pressed", String(place === index)));
    items[index].scrollIntoView({ block: "nearest", inline: "nearest" });
    showing?.abort();
    showing = new AbortController();
    load(detail, 5, AbortSignal.any([signal, showing.signal]), (current) => detailOf(meetings[index], rule, other, page, current));
  };
  if (meetings.length) requestAnimationFrame(() => !signal.aborted && sheet.choose(start));
  return [
    h(
      "header",
      { class: "sheet-head" },
      avatar(other, "large"),
      h("div", { class: "who" }, h("h2", { id: "sheet-title", tabindex: "-1" }, bdi(fullName(other))), h("p", { class: "quiet" }, bdi(other.company_name))),
      page.notes.isAvailable && star(page.notes, id, () => page.regroup()),
      h("button", { type: "button", class: "round", "aria-label": strings.evidence.close, onclick: () => sheet.leave(), text: "✕" }),
    ),
    meetings.length
      ? [
          h("p", { class: "verdict", text: summary(meetings, rule) }),
          inAll(meetings, entry),
          start && meetings.every((meeting) => meeting.start !== start) && h("p", { class: "quiet", role: "status", text: text.noSuchMeeting }),
          h("ol", { class: "chips", "aria-label": strings.person.meetingsWith(fullName(other)) }, items),
          detail,
        ]
      : [h("p", { class: "verdict", text: strings.whyNot.title }), h("p", { text: await reasonAgainst(value, page.person, other, {}, page, signal) })],
    page.contacts.isAvailable && contactBox(page.contacts, other, () => page.regroup()),
    page.notes.isAvailable && noteBox(page.notes, id, () => page.regroup()),
  ].flat();
}

/** The button of a meeting. */
function item(meeting, entry, sheet) {
  const [start, end] = [moment(meeting.start), moment(meeting.end)];
  const same = entry?.meetings.filter((other) => moment(other.start) < end && moment(other.end) > start) ?? [];
  const places = inWords(whereOf(same));
  const choose = () => {
    sheet.page.router.remember({ at: meeting.start });
    sheet.choose(meeting.start);
  };
  return h(
    "li",
    {},
    h("button", { type: "button", "aria-pressed": "false", onclick: choose }, h("strong", { text: `${clock(start)}–${clock(end)}` }), h("span", { class: "quiet", text: duration(meeting.together) }), places.length > 0 && h("span", { class: "quiet" }, bdi(places.join(", ")))),
  );
}

/** The map, the chart and the reason of one meeting. */
async function detailOf(meeting, rule, other, page, signal) {
  const { services, session, settings, person } = page;
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
  const map = new LateMap(mapElement, settings, signal);
  // The map goes to the meeting first, so that it does not zoom out to the trails.
  map.showPlaces([meeting], () => {});
  map.select(meeting);
  map.showTrails([[own, "--own"], [theirs, "--other"]].filter(([locations]) => locations.length).map(([locations, colour]) => ({ trail: trailOf(locations, moment), colour })));
  map.showMoment((start + end) / 2);
  map.start();
  return [
    h("p", { class: "because", text: sentence }),
    mapElement,
    h("ul", { class: "legend" }, h("li", {}, h("span", { class: "dot own", "aria-hidden": "true" }), bdi(fullName(person))), theirs.length > 0 && h("li", {}, h("span", { class: "dot other", "aria-hidden": "true" }), bdi(fullName(other))), h("li", {}, h("span", { class: "dot chosen", "aria-hidden": "true" }), text.place)),
    h("h3", { text: text.distance }),
    distanceChart({ overlaps, readings: readingsOf(own, theirs) }, window, rule.distance, sentence),
    h("p", { class: "actions" }, h("button", { type: "button", text: text.details, onclick: () => showEvidence(person, other, { ...rule, ...times }, { services, session, signal }) }), !session.isRequired && h("a", { class: "plain", href: `/people/${person.id}?with=${other.id}`, text: text.all })),
  ];
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

const togetherOf = (meetings) => meetings.reduce((sum, { together }) => sum + together, 0);

/** How often and how long the two were together, in a sentence. */
function summary(meetings, { distance }) {
  const days = new Set(meetings.map(({ start }) => date(moment(start))));
  return text.summary(meetings.length, duration(togetherOf(meetings)), roundMetres(distance), days.size === 1 ? [...days][0] : "");
}

/** The time together in all, if a fifth or more of it is too short or too uncertain for a meeting. */
function inAll(meetings, entry) {
  const isMore = entry && entry.row.together >= 1.25 * togetherOf(meetings);
  return isMore && h("p", { class: "quiet", text: text.inAll(duration(entry.row.together)) });
}
