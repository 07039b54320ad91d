/** The reader's own contact details. */
import { h } from "./dom.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.contacts;
const fields = [
  ["job_title", text.jobTitle, { autocomplete: "organization-title" }],
  ["email", text.email, { type: "email", autocomplete: "email" }],
  ["phone", text.phone, { type: "tel", autocomplete: "tel" }],
  ["url", text.url, { type: "url", autocomplete: "url" }],
];

export function cardForm(id, { services, signal }) {
  const path = `/api/persons/${id}/contact`;
  const form = h("form", { class: "stack" });
  load(form, 4, signal, async () => {
    const { value } = await services.get(path, {}, signal);
    const status = h("span", { role: "status" });
    const inputs = fields.map(([name, , attributes]) => h("input", { id: `card-${name}`, name, maxlength: 255, value: value[name] ?? "", ...attributes }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await services.put(path, Object.fromEntries(inputs.filter((input) => input.value.trim()).map((input) => [input.name, input.value.trim()])), signal);
        status.textContent = strings.privacy.saved;
      } catch (error) {
        status.textContent = error.message || strings.unreachable;
      }
    });
    return [...inputs.map((input, index) => h("p", {}, h("label", { for: input.id, text: fields[index][1] }), input)), h("p", { class: "actions" }, h("button", { class: "primary", text: text.save }), status)];
  });
  return form;
}
