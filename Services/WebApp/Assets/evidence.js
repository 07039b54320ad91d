/** Why two persons met, or did not: the pairs of their locations with what each proves. */
import { fill, h } from "./dom.js";
import { clockWithSeconds, date, fullName, metres, moment } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.evidence;

/** Opens a dialog with the evidence about two persons. */
export function showEvidence(own, other, rule, { services, signal }) {
  const content = h("div", {});
  const dialog = openDialog(text.title(fullName(own), fullName(other)), content);
  showIn(content, own, other, rule, services, until(dialog, signal));
}

/** Opens a dialog in which somebody is chosen, who may not have been met. */
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
    h("p", {}, h("label", { for: "with", text: strings.person.withWhom }), input, options),
    h("p", { class: "actions" }, h("button", { class: "primary", text: strings.person.explain })),
  );
  const dialog = openDialog(strings.person.whyNot, h("div", {}, h("p", { text: strings.person.whyNotHint }), form, content));
}

function openDialog(title, content) {
  const dialog = h(
    "dialog",
    { class: "wide", "aria-labelledby": "dialog-title", onclose: () => dialog.remove() },
    h("h2", { id: "dialog-title", text: title }),
    content,
    h("p", { class: "actions" }, h("button", { type: "button", text: strings.person.close, onclick: () => dialog.close() })),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Until the dialog is closed or the page left. */
function until(dialog, signal) {
  const closing = new AbortController();
  dialog.addEventListener("close", () => closing.abort());
  signal.addEventListener("abort", () => dialog.close());
  return AbortSignal.any([signal, closing.signal]);
}

function showIn(element, own, other, rule, services, signal) {
  load(element, 6, signal, async () => {
    const { value } = await services.get(`/api/persons/${own.id}/encounters/${other.id}/evidence`, { ...rule, limit: 200 }, signal);
    if (value.sample_count === 0) return [h("p", { text: text.none }), h("p", { class: "quiet", text: text.rule(value.rule) })];
    return [
      h("p", { class: "verdict", text: value.encounters.length ? text.made(value.encounters.length, value.sample_count) : text.notMade(value.sample_count) }),
      h("p", { class: "quiet", text: text.rule(value.rule) }),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": text.verdict }, table(value.samples)),
      value.is_cut && h("p", { class: "quiet", text: text.cut(value.samples.length) }),
    ];
  });
}

function table(samples) {
  const heads = [text.time, text.distance, text.apart, text.accuracy, text.verdict];
  const accuracy = (location) => (location.accuracy ? `± ${location.accuracy} m` : "–");
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", text: head })))),
    h(
      "tbody",
      {},
      samples.map((sample) => {
        const time = moment(sample.own.creation_time);
        const isGood = sample.verdict === "enters" || sample.verdict === "stays";
        return h(
          "tr",
          {},
          h("td", { text: `${date(time)}, ${clockWithSeconds(time)}` }),
          h("td", { text: metres(sample.distance) }),
          h("td", { text: `${Math.abs(Math.round(sample.time_apart))} s` }),
          h("td", { text: `${accuracy(sample.own)}, ${accuracy(sample.other)}` }),
          h("td", { class: isGood ? "good" : "", text: text.verdicts[sample.verdict] ?? sample.verdict }),
        );
      }),
    ),
  );
}
