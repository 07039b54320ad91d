/** What stands where something is not there yet, not there, or not to be had. */
import { fill, h } from "./dom.js";
import { strings } from "./strings.js";

/** Grey lines where text will be. */
export function skeleton(lines) {
  return h(
    "div",
    { class: "skeleton", role: "status" },
    h("span", { class: "unseen", text: strings.loading }),
    Array.from({ length: lines }, () => h("span", { class: "bone", "aria-hidden": "true" })),
  );
}

/** Nothing to show, and what one can do about it. */
export function emptyState(title, hint, ...actions) {
  return h("div", { class: "state" }, h("p", { class: "state-title", text: title }), hint && h("p", { text: hint }), ...actions);
}

/** Why something could not be shown. */
export function errorState(error, retry) {
  const detail = error.message || strings.unreachable;
  const note = h("p", { class: "quiet", role: "status" });
  const signIn = `/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`;
  const ways = { 401: () => h("a", { href: signIn, text: strings.signIn.link }), 404: () => h("a", { href: "/people", text: strings.toPeople }) };
  const button = ways[error.status]?.() ?? (retry && h("button", { type: "button", text: strings.retry, onclick: retry }));
  const state = h("div", { class: "state error", role: "alert" }, h("p", { class: "state-title", text: strings.failed }), h("p", { text: detail }), button);
  state.append(note);
  return { state, note };
}

const longestDelay = 10;

/**
 * Fills an element with what a task makes; until then it is a skeleton, and if it fails an error that is tried again: by
 * the reader at any time, by itself if that may help.
 *
 * @param {HTMLElement} element
 * @param {number} lines how many lines the skeleton has
 * @param {(signal: AbortSignal) => Promise<Array<Node>|Node>} task
 */
export async function load(element, lines, signal, task) {
  for (let delay = 1; ; delay = Math.min(delay * 2, longestDelay)) {
    if (!element.querySelector(".error")) fill(element, skeleton(lines));
    element.setAttribute("aria-busy", "true");
    try {
      const content = await task(signal);
      if (!signal.aborted) fill(element, content);
      performance.mark("interactive");
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === undefined) console.error(error);
      await new Promise((resume) => {
        const { state, note } = errorState(error, resume);
        fill(element, state);
        signal.addEventListener("abort", resume, { once: true });
        if (!error.isTransient) return;
        window.addEventListener("online", resume, { once: true });
        note.textContent = strings.retrying(delay);
        setTimeout(resume, delay * 1_000);
      });
      if (signal.aborted) return;
    } finally {
      element.removeAttribute("aria-busy");
    }
  }
}
