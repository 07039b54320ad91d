/** Leads addresses to pages without loading the document again. */
import { fill, h } from "./dom.js";
import { emptyState } from "./states.js";
import { strings } from "./strings.js";

export class Router {
  /**
   * @param {HTMLElement} main where the pages are shown
   * @param {Array<[RegExp, (context: Object) => void]>} routes paths and the pages at them
   */
  constructor(main, routes) {
    this.main = main;
    this.routes = routes;
    this.leaving = new AbortController();
    addEventListener("popstate", () => this.show(false));
    document.addEventListener("click", (event) => this.follow(event));
  }

  /** Goes to an address of this site. */
  go(address) {
    history.pushState(null, "", address);
    this.show(true);
  }

  /** Writes what the page shows into its address, so that it can be shared; what has no value is left out. */
  remember(parameters) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined || value === null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  }

  /** Shows the page of the address. */
  async show(isNew) {
    this.leaving.abort();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const query = new URLSearchParams(location.search);
    for (const link of document.querySelectorAll("nav a")) {
      const isHere = location.pathname.startsWith(link.getAttribute("href")) || (location.pathname === "/" && link.getAttribute("href") === "/people");
      if (isHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    fill(this.main);
    for (const [pattern, page] of this.routes) {
      const match = location.pathname.match(pattern);
      if (!match) continue;
      await page({ main: this.main, parameters: match.slice(1), query, signal, router: this });
      break;
    }
    if (!this.main.hasChildNodes()) {
      this.title(strings.noSuchPage);
      fill(this.main, emptyState(strings.noSuchPage, "", h("a", { href: "/people", text: strings.toPeople })));
    }
    if (!isNew || signal.aborted) return;
    scrollTo(0, 0);
    // A screen reader continues at the beginning of the page.
    this.main.focus({ preventScroll: true });
  }

  /** Names the page. */
  title(text) {
    document.title = text === strings.product ? text : `${text} · ${strings.product}`;
  }

  follow(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    this.go(link.href);
  }
}
