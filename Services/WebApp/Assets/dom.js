/** Creates all elements by calls, so that no text of an answer becomes markup. */

/**
 * Creates an element.
 *
 * @param {string} name the tag
 * @param {Object} attributes attributes; `onclick` and similar ones are listeners, `text` is the content, and values of `false`,
 *   `null` or `undefined` are left out
 * @param {...(Node|string|null|undefined|false)} children the contents
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** A text in its own direction. */
export const bdi = (content) => h("bdi", { text: content });

/** Replaces the contents of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}

/** Replaces a list whose entries have `data-key`; the focus stays on the same control of the same entry. */
export function refill(element, ...children) {
  const controls = (entry) => [...entry.querySelectorAll("button, a")];
  const focused = document.activeElement;
  const entry = element.contains(focused) ? focused.closest("[data-key]") : undefined;
  const index = entry ? controls(entry).indexOf(focused) : -1;
  fill(element, ...children);
  if (index < 0) return element;
  const renewed = [...element.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key === entry.dataset.key);
  if (renewed) controls(renewed)[index]?.focus({ preventScroll: true });
  return element;
}

/** Debounces a function: calls it once, some milliseconds after the last of several calls. */
export function debounced(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/** Calls a function once in the next frame, however often it is requested. */
export function onceAFrame(action) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      action();
    });
  };
}

/** Announces a text to screen readers. */
export function announce(text) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = h("p", { id: "announcer", class: "unseen", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = text;
}

/** Saves a file on the device. */
export function save(name, content) {
  const url = URL.createObjectURL(content);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
