/** Forms for the rule of a meeting and for the search among people. Their values are parameters of the API. */
import { debounced, fill, h } from "./dom.js";
import { isoTime, localInputTime, moment, momentOfLocal, percent } from "./format.js";
import { strings } from "./strings.js";

const text = strings.filters;

/** The parameters of the rule. */
export const ruleNames = ["from", "to", "distance", "least", "probability"];
/** The parameters that select people. */
export const searchNames = ["name", "company"];

/** A parameter of an address, or nothing if it cannot be read: the page is shown without it. */
export function readable(name, value) {
  if (!value || searchNames.includes(name)) return value ?? "";
  const number = ["from", "to"].includes(name) ? moment(value) : Number(value);
  return Number.isFinite(number) ? value : "";
}

/** The API's bounds, in metres and minutes. */
const [greatestDistance, longestMeeting] = [100, 1_440];

const field = (name, label, input) => h("p", {}, h("label", { for: name, text: label }), input);
const isoMoment = (value) => (value ? isoTime(momentOfLocal(value)) : "");
const localMoment = (value) => (value ? localInputTime(moment(value)) : "");

/**
 * The form of the rule.
 *
 * @param {Object<string, string>} rule the current rule
 * @param {(rule: Object<string, string>) => void} apply called with the new rule
 */
export function ruleForm(rule, apply) {
  const input = (name, attributes) => h("input", { id: name, name, ...attributes });
  const from = input("from", { type: "datetime-local", value: localMoment(rule.from) });
  const to = input("to", { type: "datetime-local", value: localMoment(rule.to) });
  const number = { type: "number", min: 0, step: "any" };
  const distance = input("distance", { ...number, max: greatestDistance, placeholder: "2", value: rule.distance });
  const least = input("least", { ...number, max: longestMeeting, placeholder: "1", value: rule.least && String(rule.least / 60) });
  const probability = sureness(rule.probability);
  const failure = h("p", { class: "bad", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    failure.textContent = from.value && to.value && from.value > to.value ? text.wrongWindow : "";
    if (failure.textContent) return to.focus();
    apply({
      from: isoMoment(from.value),
      to: isoMoment(to.value),
      distance: distance.value,
      least: least.value && String(least.value * 60),
      probability: probability.value,
    });
  };
  return h(
    "form",
    { class: "filters", "aria-label": text.title, onsubmit: submit, onreset: () => apply(Object.fromEntries(ruleNames.map((name) => [name, ""]))) },
    field("from", text.from, from),
    field("to", text.to, to),
    field("distance", text.distance, distance),
    field("least", text.least, least),
    field("probability", text.sureness, probability),
    h("p", { class: "actions" }, h("button", { class: "primary", text: text.apply }), h("button", { type: "reset", text: text.reset })),
    failure,
  );
}

/** The minimum probability in words; other values in percent. */
function sureness(value) {
  const choices = [["0", text.any], ["", text.probably], ["0.9", text.almostCertainly]];
  if (choices.every(([choice]) => choice !== value)) choices.push([value, percent(Number(value))]);
  const options = choices.map(([choice, label]) => h("option", { value: choice, text: label, selected: choice === "" }));
  const select = h("select", { id: "probability", name: "probability" }, options);
  select.value = value;
  return select;
}

/** The fields that search among the people met. */
export class PersonSearch {
  /**
   * @param {Object<string, string>} search the current search
   * @param {(search: Object<string, string>) => void} apply called with the new search
   */
  constructor(search, apply) {
    this.names = new Set();
    this.options = h("datalist", { id: "companies" });
    const attributes = { maxlength: 255, autocomplete: "off" };
    this.name = h("input", { ...attributes, type: "search", id: "name", name: "name", value: search.name });
    this.company = h("input", { ...attributes, type: "search", id: "company", name: "company", list: "companies", value: search.company });
    let [name, company] = [search.name, search.company];
    const send = async () => {
      if (this.name.value.trim() === name && this.company.value.trim() === company) return;
      [name, company] = [this.name.value.trim(), this.company.value.trim()];
      await apply({ name, company });
    };
    this.send = send;
    this.name.addEventListener("input", debounced(200, send));
    // The API compares whole names of companies, so a part of one waits until the field is left.
    this.company.addEventListener("input", () => {
      if (!this.company.value || this.names.has(this.company.value)) send();
    });
    this.company.addEventListener("change", send);
    this.element = h(
      "form",
      { class: "person-search", role: "search", "aria-label": text.search, onsubmit: (event) => (event.preventDefault(), send()) },
      field("name", text.name, this.name),
      field("company", text.company, this.company),
      this.options,
      h("button", { class: "unseen", tabindex: "-1", text: text.search }),
    );
  }

  /** Searches for one person. */
  async searchFor(person) {
    this.name.value = `${person.first_name} ${person.last_name}`;
    await this.send();
  }

  /** Offers the companies of people. */
  offer(people) {
    const known = this.names.size;
    for (const { company_name } of people) this.names.add(company_name);
    if (this.names.size === known) return;
    fill(this.options, [...this.names].sort().map((name) => h("option", { value: name })));
  }
}
