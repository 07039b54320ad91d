/** All people: search, paging, and adding a person. */
import { avatar } from "./avatar.js";
import { announce, bdi, debounced, fill, h } from "./dom.js";
import { fullName } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.people;
const pageSize = 50;

export function peoplePage({ main, query, signal, router, services }) {
  router.title(text.title);
  const list = h("div", { class: "list" });
  const total = h("p", { class: "quiet", role: "status" });
  const state = { q: query.get("q") ?? "", after: query.get("after") ?? "" };

  let searching = new AbortController();
  const show = (isStep = false) => {
    searching.abort();
    searching = new AbortController();
    router.remember(state, isStep);
    const current = AbortSignal.any([signal, searching.signal]);
    load(list, 8, current, async () => {
      const parameters = { ...state, limit: pageSize };
      const { value: persons, headers } = await services.get("/api/persons", parameters, current);
      const number = Number(headers.get("X-Total-Count") ?? persons.length);
      total.textContent = text.total(number, state.q !== "");
      if (persons.length === 0) return emptyState(state.q ? text.none : text.noneAtAll);
      const hasMore = /rel="?next"?/.test(headers.get("Link") ?? "");
      return [personList(persons), pager(persons, hasMore)];
    });
  };
  const pager = (persons, hasMore) =>
    (hasMore || state.after) &&
    h(
      "nav",
      { class: "pager", "aria-label": text.title },
      state.after && h("button", { type: "button", text: text.first, onclick: () => turn("") }),
      hasMore && h("button", { type: "button", text: text.next, onclick: () => turn(persons.at(-1).id) }),
    );
  const turn = (after) => {
    state.after = after;
    show(true);
    scrollTo(0, 0);
  };

  const search = h("input", {
    type: "search",
    id: "search",
    value: state.q,
    maxlength: 255,
    autocomplete: "off",
    oninput: debounced(150, () => {
      state.q = search.value.trim();
      state.after = "";
      show();
    }),
  });
  fill(
    main,
    h(
      "div",
      { class: "head" },
      h("div", {}, h("h1", { text: text.title }), h("p", { class: "lead", text: text.lead })),
      h("button", { type: "button", class: "primary", text: text.add, onclick: () => addPerson(services, router, signal) }),
    ),
    h("div", { class: "search" }, h("label", { for: "search", text: text.search }), search, total),
    list,
  );
  show();
}

function personList(persons) {
  return h(
    "ul",
    { class: "cards", "aria-label": text.title },
    persons.map((person) =>
      h(
        "li",
        {},
        h(
          "a",
          { class: "card", href: `/people/${person.id}` },
          avatar(person),
          h("span", {}, h("strong", {}, bdi(fullName(person))), h("span", { class: "quiet" }, bdi(person.company_name))),
        ),
      ),
    ),
  );
}

const fields = [
  ["first_name", text.firstName, "given-name"],
  ["last_name", text.lastName, "family-name"],
  ["company_name", text.company, "organization"],
];

/** A form that adds a person. */
function addPerson(services, router, signal) {
  const messages = {};
  const inputs = {};
  const failure = h("p", { class: "bad", role: "alert" });
  const send = async (event) => {
    event.preventDefault();
    failure.textContent = "";
    const values = Object.fromEntries(fields.map(([name]) => [name, inputs[name].value.trim()]));
    const missing = fields.map(([name]) => name).filter((name) => !values[name]);
    for (const [name] of fields) mark(name, missing.includes(name) ? text.required : "");
    if (missing.length) return inputs[missing[0]].focus();
    submit.disabled = true;
    try {
      const person = await services.post("/api/persons", values, signal);
      dialog.close();
      announce(text.added(fullName(person)));
      router.go(`/people/${person.id}`);
    } catch (error) {
      for (const [name, reasons] of Object.entries(error.problem?.schema_errors ?? {})) {
        if (inputs[name]) mark(name, reasons.join(" "));
      }
      failure.textContent = error.message || strings.unreachable;
    } finally {
      submit.disabled = false;
    }
  };
  const mark = (name, message) => {
    messages[name].textContent = message;
    if (message) inputs[name].setAttribute("aria-invalid", "true");
    else inputs[name].removeAttribute("aria-invalid");
  };
  const rows = fields.map(([name, label, autocomplete]) => {
    messages[name] = h("span", { class: "bad", id: `${name}-message` });
    inputs[name] = h("input", { id: name, name, autocomplete, maxlength: 255, "aria-describedby": `${name}-message` });
    return h("p", {}, h("label", { for: name, text: label }), inputs[name], messages[name]);
  });
  const submit = h("button", { class: "primary", text: text.save });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "add-title", onclose: () => dialog.remove() },
    h(
      "form",
      { novalidate: true, onsubmit: send },
      h("h2", { id: "add-title", text: text.add }),
      rows,
      failure,
      h("p", { class: "actions" }, h("button", { type: "button", text: strings.cancel, onclick: () => dialog.close() }), submit),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
