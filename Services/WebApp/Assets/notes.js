/** Private notes about other persons: a text, a star, and "we did not meet". */
import { debounced, h } from "./dom.js";
import { strings } from "./strings.js";

const text = strings.notes;
/** The time after the last letter until a note is stored, in milliseconds. */
const pause = 600;
const empty = { text: "", starred: false, not_met: false };

/** All notes of a person. */
export class Notes {
  constructor(services, id, signal) {
    Object.assign(this, { services, id, signal });
    this.known = new Map();
  }

  /** Loads the notes. Without them, the day still has the people. */
  async load() {
    const answer = await this.services.get(`/api/persons/${this.id}/notes`, {}, this.signal).catch(() => undefined);
    this.isAvailable = Boolean(answer);
    this.known = new Map((answer?.value ?? []).map((note) => [note.person_id, note]));
  }

  of(other) {
    return this.known.get(other) ?? empty;
  }

  /** Stores changes of a note; an empty note is removed. */
  async change(other, changes) {
    const { text: content, starred, not_met } = { ...this.of(other), ...changes };
    this.known.set(other, { ...this.of(other), text: content, starred, not_met });
    await this.services.put(`/api/persons/${this.id}/notes/${other}`, { text: content, starred, not_met }, this.signal);
  }
}

/** The star of a person. */
export function star(notes, other, changed) {
  const button = h("button", { type: "button", class: "round star", "aria-label": text.star, "aria-pressed": String(notes.of(other).starred), text: "★" });
  button.addEventListener("click", async () => {
    const starred = !notes.of(other).starred;
    button.setAttribute("aria-pressed", String(starred));
    await notes.change(other, { starred }).catch(() => button.setAttribute("aria-pressed", String(!starred)));
    changed();
  });
  return button;
}

/** The text about a person, and whether the meeting is wrong. */
export function noteBox(notes, other, changed) {
  const status = h("span", { class: "quiet", role: "status" });
  const store = async (changes) => {
    status.textContent = text.saving;
    try {
      await notes.change(other, changes);
      status.textContent = text.saved;
      changed();
    } catch (error) {
      status.textContent = error.message || strings.unreachable;
    }
  };
  const area = h("textarea", { id: "note", rows: 2, maxlength: 2_000, value: notes.of(other).text, placeholder: text.example, oninput: debounced(pause, () => store({ text: area.value })) });
  const wrong = h("input", { type: "checkbox", id: "not-met", checked: notes.of(other).not_met, onchange: () => store({ not_met: wrong.checked }) });
  return h("div", { class: "note" }, h("label", { for: "note", text: text.label }), area, h("p", { class: "check" }, wrong, h("label", { for: "not-met", text: text.notMet }), status));
}
