/** Pauses, in which no locations of a person are taken, and what to forget of the time before. */
import { fill, h } from "./dom.js";
import { clock, moment } from "./format.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.pause;

/** Choices of a pause and of the past to forget, in minutes; a pause without minutes lasts until it is ended. */
const pauses = [[15], [60], [undefined]];
const pasts = [15, 60];

export function pauseBox(id, { services, signal }) {
  const box = h("div", {});
  const path = `/api/persons/${id}/pause`;
  const show = () => load(box, 2, signal, async () => content((await services.get(path, {}, signal)).value));
  const run = (action) => async () => {
    try {
      const answer = await action();
      fill(box, content(answer ?? (await services.get(path, {}, signal)).value));
      box.querySelector("button")?.focus();
    } catch (error) {
      fill(box, h("p", { class: "bad", role: "alert", text: error.message || strings.unreachable }), h("button", { type: "button", text: strings.retry, onclick: show }));
    }
  };
  const button = (label, action) => h("button", { type: "button", text: label, onclick: run(action) });
  const content = ({ paused, until, removed }) => [
    h("p", { class: paused ? "verdict" : "quiet", role: "status", text: [paused ? (until ? text.pausedUntil(clock(moment(until))) : text.paused) : text.notPaused, removed !== undefined && text.removed(removed)].filter(Boolean).join(" ") }),
    h(
      "p",
      { class: "actions" },
      paused ? button(text.resume, () => services.remove(path, {}, signal)) : pauses.map(([minutes]) => button(minutes ? text.pauseFor(minutes) : text.pauseOpen, () => services.put(path, minutes ? { minutes } : {}, signal))),
      pasts.map((minutes) => button(text.forget(minutes), () => services.put(path, { minutes: 0, past_minutes: minutes }, signal))),
    ),
  ];
  show();
  return box;
}
