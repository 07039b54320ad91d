/** What a person agrees to. */
import { announce, h } from "./dom.js";
import { date, moment } from "./format.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.privacy;
const purposes = ["locate", "meet", "identify", "place", "statistics", "directory", "nudge"];

/** Switches of the purposes; each change is sent at once. */
export function consentForm(id, { services, signal }) {
  const form = h("form", { class: "consents" });
  const failure = h("p", { class: "bad", role: "alert" });
  const path = `/api/persons/${id}/consents`;
  const change = async (purpose, input) => {
    failure.textContent = "";
    input.disabled = true;
    try {
      const consents = await services.put(path, { [purpose]: input.checked }, signal);
      input.checked = consents[purpose].given;
      announce(text.saved);
    } catch (error) {
      input.checked = !input.checked;
      failure.textContent = error.message || strings.unreachable;
    } finally {
      input.disabled = false;
      input.focus();
    }
  };
  const row = (consents) => (purpose) => {
    const { given, since } = consents[purpose];
    const input = h("input", { type: "checkbox", role: "switch", id: purpose, checked: given, "aria-describedby": `${purpose}-hint`, onchange: () => change(purpose, input) });
    const hint = [text.hints[purpose], since && text.since(date(moment(since)))].filter(Boolean).join(" ");
    return h("p", { class: "switch-row" }, h("span", {}, h("label", { for: purpose, text: text.purposes[purpose] }), h("span", { class: "quiet", id: `${purpose}-hint`, text: hint })), input);
  };
  load(form, 6, signal, async () => {
    const { value } = await services.get(path, {}, signal);
    return [...purposes.map(row(value)), failure];
  });
  return form;
}
