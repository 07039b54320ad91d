/** Moving and zooming a map without catching the scrolling of the page. */
import * as L from "./leaflet/leaflet.esm.min.js";
import { h } from "./dom.js";
import { strings } from "./strings.js";

/** How long a hint stays, in milliseconds. */
const hintTime = 1_500;
/** The wheel's pixels for one level of zoom. */
const pixelsPerLevel = 120;

/** Lets the wheel zoom with Ctrl only, and lets one finger scroll the page while two move the map. */
export function moveByIntent(map, element, signal) {
  const hint = h("p", { class: "map-hint", "aria-hidden": "true" });
  element.append(hint);
  let timer = 0;
  const show = (words) => {
    hint.textContent = words;
    hint.classList.add("shown");
    clearTimeout(timer);
    timer = setTimeout(() => hint.classList.remove("shown"), hintTime);
  };
  map.scrollWheelZoom.disable();
  const wheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return show(strings.map.wheelHint);
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 30;
    map.setZoomAround(map.mouseEventToContainerPoint(event), map.getZoom() - Math.max(-1, Math.min(1, pixels / pixelsPerLevel)), { animate: false });
  };
  element.addEventListener("wheel", wheel, { passive: false, signal });
  if (matchMedia("(pointer: coarse)").matches) {
    map.dragging.disable();
    const touch = ({ touches, type }) => {
      if (touches.length === 1 && type === "touchmove") show(strings.map.touchHint);
    };
    element.addEventListener("touchmove", touch, { passive: true, signal });
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Leaflet removes the outline of what the keyboard focuses; the style sheet draws it by this class. */
export function showFocus(element, signal) {
  const update = () => {
    for (const marked of element.parentElement?.querySelectorAll(".map-focus") ?? []) marked.classList.remove("map-focus");
    const focused = document.activeElement;
    if (element.contains(focused) && focused.matches(":focus-visible")) focused.classList.add("map-focus");
  };
  element.addEventListener("focusin", update, { signal });
  element.addEventListener("focusout", () => setTimeout(update), { signal });
}

/** A button that shows everything. */
export function fitControl(map, fit) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    const button = h("a", { href: "#", role: "button", class: "map-fit", title: strings.map.fit, "aria-label": strings.map.fit, text: "⤢" });
    button.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      fit();
    });
    return h("div", { class: "leaflet-bar" }, button);
  };
  control.addTo(map);
}
