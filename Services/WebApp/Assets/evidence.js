/** The evidence for and against meetings of two persons: overlaps in sentences, and the ignored fixes. */
import { fill, h } from "./dom.js";
import { clockWithSeconds, date, duration, fullName, moment, percent, timeRange } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.evidence;
/** Maximum number of overlaps, and of fixes. */
const mostShown = 200;

/** Opens a dialog with the evidence about two persons. */
export function showEvidence(own, other, rule, { services, signal }) {
  const content = h("div", {});
  const dialog = openDialog(text.title(fullName(own), fullName(other)), content);
  showIn(content, own, other, rule, services, until(dialog, signal));
}

/** Opens a dialog that explains why a person is missing from the list. */
export function whyNot(own, rule, { services, signal }) {
  const options = h("datalist", { id: "persons" });
  const content = h("div", {});
  const input = h("input", { id: "with", name: "with", list: "persons", autocomplete: "off", required: true });
  const leaving = () => until(dialog, signal);
  let found = [];
  const nameOf = (person) => `${fullName(person)} · ${person.company_name} · ${person.id}`;
  input.addEventListener("input", async () => {
    if (input.value.includes(" · ")) return;
    const { value } = await services.get("/api/persons", { q: input.value, limit: 20 }, leaving()).catch(() => ({ value: [] }));
    found = value.filter((person) => person.id !== own.id);
    fill(options, found.map((person) => h("option", { value: nameOf(person) })));
  });
  const form = h(
    "form",
    {
      class: "filters",
      onsubmit: (event) => {
        event.preventDefault();
        const other = found.find((person) => nameOf(person) === input.value) ?? (found.length === 1 ? found[0] : undefined);
        if (other) showIn(content, own, other, rule, services, leaving());
        else fill(content, emptyState(strings.people.none));
      },
    },
    h("p", {}, h("label", { for: "with", text: text.person }), input, options),
    h("p", { class: "actions" }, h("button", { class: "primary", text: text.explain })),
  );
  const dialog = openDialog(strings.person.whyNot, h("div", {}, h("p", { text: text.whyNotHint }), form, content));
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

function showIn(element, own, other, rule, services, signal) {
  load(element, 6, signal, async () => {
    const { value } = await services.get(`/api/persons/${own.id}/encounters/${other.id}/evidence`, { ...rule, limit: mostShown }, signal);
    const { encounters, overlap_count, doubtful_count } = value;
    return [
      h("p", { class: "verdict", text: encounters.length ? text.met(encounters.length) : overlap_count ? text.notMet : text.neverNear }),
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
  const item = ({ text: sentence, start, probability, encounter }) => {
    const meeting = encounters[encounter];
    const belongs = meeting ? text.partOf(encounter + 1, timeRange(moment(meeting.start), moment(meeting.end))) : text.partOfNone;
    return h(
      "li",
      { class: meeting ? "overlap counts" : "overlap" },
      h("p", { text: sentence }),
      h("p", { class: "facts" }, date(moment(start)), " · ", text.probability(rule.distance, percent(probability)), " · ", h("span", { class: meeting ? "good" : "", text: belongs })),
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
