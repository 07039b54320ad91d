/** A map whose module, with Leaflet, is loaded once the map comes into view; until then it notes what it is to show. */
import { fill } from "./dom.js";
import { lateModule } from "./modules.js";
import { errorState } from "./states.js";

/** How far outside of the window a map is loaded. */
const margin = "200px";

export class LateMap {
  /** @param {Object} settings see `EventMap` */
  constructor(element, settings, signal) {
    Object.assign(this, { element, settings, signal });
    this.noted = new Map();
  }

  /** Loads the map when it comes into view; answers when it has come into view. */
  start() {
    this.seen ??= new Promise((resolve) => {
      const watcher = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && resolve(), { rootMargin: margin });
      watcher.observe(this.element);
      this.signal.addEventListener("abort", () => watcher.disconnect());
      this.watcher = watcher;
    }).then(() => {
      this.watcher.disconnect();
      this.load();
    });
    return this.seen;
  }

  async load() {
    try {
      const [{ EventMap }] = await Promise.all([lateModule(() => import("./map.js"), this.signal), styles()]);
      if (this.signal.aborted) return;
      this.map = new EventMap(this.element, this.settings, this.signal);
      for (const [name, values] of this.noted) this.map[name](...values);
    } catch (error) {
      if (!this.signal.aborted) fill(this.element, errorState(error, () => location.reload()).state);
    }
  }
}

// The last call of each kind is what a map shows.
for (const name of ["showZones", "showPeople", "selectZone", "showTrails", "showPlaces", "select", "showMoment", "showHeat"]) {
  LateMap.prototype[name] = function (...values) {
    if (this.map) return this.map[name](...values);
    this.noted.delete(name);
    this.noted.set(name, values);
  };
}

let styled;

/** Loads Leaflet's styles, which come before the pages' own. */
function styles() {
  styled ??= new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: new URL("./leaflet/leaflet.css", import.meta.url), onload: resolve, onerror: resolve });
    document.querySelector('link[rel="stylesheet"]').before(link);
  });
  return styled;
}
