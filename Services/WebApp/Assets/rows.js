/** The rows of my day: one line per person, with the time together as a bar. */
import { avatar } from "./avatar.js";
import { bdi, h } from "./dom.js";
import { clock, duration, fullName, whole } from "./format.js";
import { orders } from "./groups.js";
import { strings } from "./strings.js";

const text = strings.day;
/** Initial number of rows of a group, and increment. */
const pageSize = 60;
/** The time together that fills the bar, in seconds. */
const wholeBar = 3_600;

/** The people met, in a sentence. */
export function headline({ talked, attended, nearby, passed }) {
  const first = [...talked].sort(orders.time)[0];
  if (!first) return [text.nearOnly(attended.length, nearby.length, passed.length)];
  return talked.length === 1 ? [text.talkedWithOne, bdi(fullName(first.person)), "."] : [text.talkedWith(talked.length), bdi(fullName(first.person)), "."];
}

/**
 * A group with its heading.
 *
 * @param {string} name the name of the group
 * @param {Array<Object>} entries its people
 * @param {Object} options `page`, the day; `isOpen`, whether the rows are shown
 */
export function groupSection(name, entries, { page, isOpen }) {
  const cap = page.caps[name] ?? pageSize;
  const title = h("h2", {}, text.groups[name], " ", entries.length > 0 && h("span", { class: "count", text: whole(entries.length) }));
  const rows = isOpen && [
    h("ol", { class: "rows" }, entries.slice(0, cap).map((entry) => row(entry, page))),
    entries.length > cap && h("button", { type: "button", text: strings.more, onclick: () => ((page.caps[name] = cap + pageSize), page.show()) }),
  ];
  const toggle = (event) => {
    if (event.target.open === isOpen) return;
    page.unfolded[event.target.open ? "add" : "delete"](name);
    page.show();
  };
  if (["talked", "attended", "nearby"].includes(name)) return h("section", { class: "group", "data-key": name }, title, h("p", { class: "quiet hint", text: text.hints[name] }), rows);
  return h("details", { class: "group", "data-key": name, open: isOpen, ontoggle: toggle }, h("summary", {}, title, h("span", { class: "quiet hint", text: text.hints[name] })), rows);
}

function row(entry, page) {
  const { person, row: { together } } = entry;
  const bar = h("span", { class: "share", "aria-hidden": "true" }, h("span", {}));
  bar.firstChild.style.setProperty("--part", Math.min(1, Math.sqrt(together / wholeBar)));
  return h(
    "li",
    { class: "row", "data-key": person.id },
    h(
      "a",
      { href: page.address(person.id), "aria-current": page.opened === person.id && "true" },
      avatar(person),
      h("span", { class: "who" }, h("strong", {}, bdi(fullName(person)), entry.note.starred && h("span", { class: "starred", role: "img", "aria-label": strings.notes.starred, text: "★" })), h("span", { class: "quiet about" }, person.company_name && bdi(person.company_name), inWords(entry).flatMap((part) => [" · ", bdi(part)]))),
      h("span", { class: "spent" }, h("span", { class: "amount", text: duration(together) }), bar, h("span", { class: "quiet at", text: timesOf(entry) })),
    ),
  );
}

/** The sessions and places of an entry, at most two; a session's title may name its place. */
export const inWords = ({ sessions, places }) => [...sessions, ...places.filter((place) => !sessions.some((title) => title.includes(place)))].slice(0, 2);

/** When the two were together first, and how often. */
function timesOf({ times, meetings }) {
  const first = Math.min(...times.map(([start]) => start));
  return times.length ? [clock(first), meetings.length > 1 && text.times(meetings.length)].filter(Boolean).join(" · ") : "";
}
