/** The evidence for and against meetings of two persons: overlaps in sentences, and the ignored fixes. */
import { avatar } from "./avatar.js";
import { bdi, debounced, fill, h } from "./dom.js";
import { clockWithSeconds, date, duration, fullName, metres, moment, percent, timeRange, whole } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";
import { reasonAgainst } from "./why.js";

const text = strings.evidence;
/** Maximum number of overlaps, and of fixes. */
const mostShown = 200;
/** Maximum number of persons that a search offers. */
const mostFound = 8;

/** Opens a dialog with the evidence about two persons. */
export function showEvidence(own, other, rule, context) {
  const content = h("div", {});
  const dialog = openDialog(text.title(fullName(own), fullName(other)), content);
  showIn(content, own, other, rule, context, until(dialog, context.signal));
}

/** Opens a dialog that explains why a person is missing from the list. */
export function whyNot(own, rule, context) {
  const { services, signal } = context;
  const [results, content] = [h("ul", { class: "rows" }), h("div", { "aria-live": "polite" })];
  let asking = new AbortController();
  const search = async () => {
    asking.abort();
    asking = new AbortController();
    const q = input.value.trim();
    const answer = q && (await services.get("/api/persons", { q, limit: mostFound }, AbortSignal.any([leaving, asking.signal])).catch(() => undefined));
    if (asking.signal.aborted) return;
    const found = (answer?.value ?? []).filter((person) => person.id !== own.id);
    fill(results, found.map(choice));
    fill(content, q && answer && found.length === 0 && emptyState(strings.people.none));
  };
  const choose = (person) => {
    fill(results, choice(person));
    showIn(content, own, person, rule, context, leaving);
  };
  const choice = (person) => h("li", { class: "row" }, h("button", { type: "button", onclick: () => choose(person) }, avatar(person), h("span", { class: "who" }, h("strong", {}, bdi(fullName(person))), h("span", { class: "quiet about" }, bdi(person.company_name)))));
  const input = h("input", { type: "search", id: "with", autocomplete: "off", oninput: debounced(150, search) });
  const form = h("form", { class: "stack", role: "search", onsubmit: (event) => (event.preventDefault(), search()) }, h("p", {}, h("label", { for: "with", text: text.person }), input));
  const dialog = openDialog(strings.person.whyNot, h("div", {}, h("p", { text: text.whyNotHint }), form, results, content));
  const leaving = until(dialog, signal);
}

function openDialog(title, content) {
  const dialog = h(
    "dialog",
    { class: "wide", "aria-labelledby": "dialog-title", onclose: () => dialog.remove() },
    h("h2", { id: "dialog-title", text: title }),
    content,
    h("p", { class: "actions" }, h("button", { type: "button", text: text.close, onclick: () => dialog.close() })),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Aborted when the dialog is closed or the page is left. */
function until(dialog, signal) {
  const closing = new AbortController();
  dialog.addEventListener("close", () => closing.abort());
  signal.addEventListener("abort", () => dialog.close());
  return AbortSignal.any([signal, closing.signal]);
}

function showIn(element, own, other, rule, context, signal) {
  load(element, 6, signal, async () => {
    const { value } = await context.services.get(`/api/persons/${own.id}/encounters/${other.id}/evidence`, { ...rule, limit: mostShown }, signal);
    const { encounters, overlap_count, doubtful_count } = value;
    const verdict = encounters.length ? text.met(encounters.length) : await reasonAgainst(value, own, other, rule, context, signal);
    return [
      h("p", { class: "verdict", text: verdict }),
      ...(overlap_count > 0 ? overlapList(value) : []),
      doubtful_count > 0 && doubtfulFixes(value),
      h("p", { class: "quiet", text: text.rule(value.rule.distance, duration(value.rule.least), percent(value.rule.probability), duration(value.rule.gap)) }),
    ];
  });
}

/** Shows the number of missing rows, if any. */
const cut = (shown, total) => shown < total && h("p", { class: "quiet", text: text.cut(shown, total) });

/** A sentence for each overlap of the two, with its probability and its meeting. */
function overlapList({ overlaps, overlap_count, encounters, rule }) {
  const item = ({ kind, start, end, probability, distance, distance_deviation, own, other, encounter }) => {
    const meeting = encounters[encounter];
    const sentence = text.overlap[kind](timeRange(moment(start), moment(end)), metres(distance), metres(distance_deviation), whole(own.fixes), whole(other.fixes));
    const belongs = meeting ? text.partOf(encounter + 1, timeRange(moment(meeting.start), moment(meeting.end))) : text.partOfNone;
    return h(
      "li",
      { class: meeting ? "overlap counts" : "overlap" },
      h("p", { text: sentence }),
      h("p", { class: "facts" }, text.probability(rule.distance, percent(probability)), " · ", h("span", { class: meeting ? "good" : "", text: belongs })),
    );
  };
  return [
    h("h3", { text: text.overlaps }),
    h("ol", { class: "overlaps scroll", tabindex: "0", "aria-label": text.overlaps }, overlaps.map(item)),
    cut(overlaps.length, overlap_count),
  ];
}

/** The ignored fixes with their reasons. */
function doubtfulFixes({ doubtful, doubtful_count, overlap_count, persons }) {
  const heads = [text.time, text.whose, text.reason];
  const names = new Map(persons.map((person) => [person.id, fullName(person)]));
  const row = ({ creation_time, person_id, device, reason }) => {
    const time = moment(creation_time);
    return h(
      "tr",
      {},
      h("td", { text: `${date(time)}, ${clockWithSeconds(time)}` }),
      h("td", { text: text.device(names.get(person_id), device) }),
      h("td", { text: text.reasons[reason] ?? reason }),
    );
  };
  return h(
    "details",
    { open: overlap_count === 0 },
    h("summary", { text: text.doubtful(doubtful_count) }),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": text.doubtful(doubtful_count) },
      h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", text: head })))), h("tbody", {}, doubtful.map(row))),
    ),
    cut(doubtful.length, doubtful_count),
  );
}
