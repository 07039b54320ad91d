/** Chooses the person whose day is shown, where no one has to sign in. */
import { avatar } from "./avatar.js";
import { bdi, debounced, fill, h } from "./dom.js";
import { fullName } from "./format.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.pick;
/** Maximum number of persons that are offered. */
const most = 12;

export async function pickPage({ main, signal, services, session }) {
  const list = h("div", { class: "list" });
  let asking = new AbortController();
  const show = () => {
    asking.abort();
    asking = new AbortController();
    const current = AbortSignal.any([signal, asking.signal]);
    return load(list, 6, current, async () => {
      const { value } = await services.get("/api/persons", { q: search.value.trim(), limit: most }, current);
      if (value.length === 0) return emptyState(strings.people.none, "", h("a", { class: "button", href: "/people", text: strings.people.add }));
      return h("ul", { class: "rows" }, value.map(choice));
    });
  };
  const choice = (person) =>
    h(
      "li",
      { class: "row" },
      h(
        "button",
        { type: "button", onclick: () => session.choose(person.id) },
        avatar(person),
        h("span", { class: "who" }, h("strong", {}, bdi(fullName(person))), h("span", { class: "quiet about" }, bdi(person.company_name))),
      ),
    );
  const search = h("input", { type: "search", id: "pick", maxlength: 255, autocomplete: "off", oninput: debounced(150, show) });
  fill(
    main,
    h("div", { class: "narrow" }, h("h1", { text: text.title }), h("p", { class: "lead", text: text.lead }), session.isOpen && h("p", { class: "notice", text: strings.open.meaning }), h("div", { class: "search" }, h("label", { for: "pick", text: text.search }), search), list),
  );
  await show();
}
