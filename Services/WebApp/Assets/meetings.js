/** Lists of the people met, and of meetings. */
import { bdi, h } from "./dom.js";
import { clock, duration, factsOf, fullName, moment, percent, timeRange } from "./format.js";
import { strings } from "./strings.js";

const text = strings.person;

/** Identifies a meeting across updates of a list. */
export const keyOf = (encounter) => `${encounter.person.id} ${encounter.start}`;

const fact = (content) => h("span", { class: "facts", text: content });
const badge = (isFresh) => isFresh && h("span", { class: "badge", text: text.isNew });

/**
 * A list of meetings.
 *
 * @param {boolean} isNamed whether to show the other's name in each row; false if all rows are about one person
 * @param {Object} page its `selected` and `fresh` meetings, and its actions `select`, `explain` and `showMap`
 */
export function meetingList(encounters, label, isNamed, page) {
  return h("ol", { class: "meetings", "aria-label": label }, encounters.map((encounter) => meeting(encounter, isNamed, page)));
}

function meeting(encounter, isNamed, page) {
  const { person } = encounter;
  const isSelected = Boolean(page.selected) && keyOf(encounter) === keyOf(page.selected);
  const start = moment(encounter.start);
  return h(
    "li",
    { class: isSelected ? "meeting selected" : "meeting", "data-key": keyOf(encounter) },
    h(
      "button",
      { type: "button", class: "meeting-head", "aria-pressed": String(isSelected), onclick: () => page.select(encounter) },
      isNamed && h("strong", {}, bdi(fullName(person))),
      badge(page.fresh.has(keyOf(encounter))),
      isNamed && h("span", { class: "quiet company" }, bdi(person.company_name)),
      h("span", { class: "when", text: timeRange(start, moment(encounter.end)) }),
      fact(factsOf(encounter)),
    ),
    h(
      "p",
      { class: "actions" },
      isNamed && explainButton(person, page, clock(start)),
      isNamed && pageLink(person),
      h("button", { type: "button", class: "plain on-map", text: text.onMap, onclick: () => page.showMap(encounter) }),
    ),
  );
}

const explainButton = (person, page, ...details) =>
  h("button", { type: "button", class: "plain", text: text.why, "aria-label": `${text.why} ${[fullName(person), ...details].join(", ")}`, onclick: () => page.explain(person) });

const pageLink = (person) =>
  h("a", { class: "plain", href: `/people/${person.id}`, text: text.theirPage, "aria-label": `${text.theirPage}: ${fullName(person)}` });

/**
 * A list of the people met.
 *
 * @param {Object} page its `opened` person, its `freshPeople`, and its actions `open` and `explain`
 */
export function peopleList(people, page) {
  return h("ol", { class: "meetings", "aria-label": text.mostSignificant }, people.map((row) => met(row, page)));
}

function met(row, page) {
  const { person } = row;
  const isOpen = page.opened?.person.id === person.id;
  const id = `meetings-of-${person.id}`;
  return h(
    "li",
    { class: isOpen ? "met selected" : "met", "data-key": person.id },
    h(
      "button",
      { type: "button", class: "meeting-head", "aria-expanded": String(isOpen), "aria-controls": isOpen && id, onclick: () => page.open(person) },
      h("strong", {}, bdi(fullName(person))),
      badge(page.freshPeople.has(person.id)),
      h("span", { class: "quiet company" }, bdi(person.company_name)),
      h("span", { class: "when", text: [text.together(duration(row.together)), text.meetingsAt(row.encounters, row.places)].join(" · ") }),
      fact(`${timeRange(moment(row.first_encounter), moment(row.last_encounter))} · ${text.sureOfFiveMinutes(percent(row.probability))}`),
    ),
    h("p", { class: "actions" }, explainButton(person, page), pageLink(person)),
    isOpen && h("div", { id, class: "opened" }, meetingList(page.opened.meetings, text.meetingsWith(fullName(person)), false, page)),
  );
}
