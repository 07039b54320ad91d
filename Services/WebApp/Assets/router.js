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
    // Pages load their contents, so the browser would scroll before there is anything to scroll.
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => this.show(false));
    addEventListener("pagehide", () => this.keepScroll());
    document.addEventListener("click", (event) => this.follow(event));
  }

  /** Goes to an address of this site; as a replacement, the current entry of the history goes. */
  go(address, isReplacement = false) {
    if (isReplacement) {
      history.replaceState(null, "", address);
    } else {
      this.keepScroll();
      history.pushState(null, "", address);
    }
    return this.show(true);
  }

  /** Lets a page that stays follow changes of the query itself, until the signal is aborted. */
  stay(change, signal) {
    const keeper = { path: location.pathname, change };
    this.keeper = keeper;
    signal.addEventListener("abort", () => this.keeper === keeper && (this.keeper = undefined));
  }

  keepScroll() {
    history.replaceState({ ...history.state, scroll: scrollY }, "");
  }

  /** Scrolls to where the reader was as soon as the page is high enough, unless the reader scrolls first. */
  restoreScroll(signal) {
    const top = history.state?.scroll;
    if (!top) return;
    const ending = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    const watcher = new ResizeObserver(() => {
      if (document.documentElement.scrollHeight - innerHeight < top) return;
      watcher.disconnect();
      scrollTo(0, top);
    });
    watcher.observe(this.main);
    ending.addEventListener("abort", () => watcher.disconnect());
    for (const name of ["wheel", "touchstart", "keydown"]) addEventListener(name, () => watcher.disconnect(), { once: true, passive: true, signal: ending });
  }

  /** Writes what the page shows into its address, so that it can be shared; what has no value is left out. A step can be taken back. */
  remember(parameters, isStep = false) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined || value === null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    const address = location.pathname + (text ? `?${text}` : "");
    if (isStep && address !== location.pathname + location.search) {
      this.keepScroll();
      history.pushState(null, "", address);
    } else {
      history.replaceState(history.state, "", address);
    }
  }

  /** Shows the page of the address. */
  async show(isNew, isRenewal = false) {
    if (!isRenewal && this.keeper?.path === location.pathname) return this.keeper.change(new URLSearchParams(location.search));
    this.leaving.abort();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const query = new URLSearchParams(location.search);
    for (const link of document.querySelectorAll("nav a")) {
      const page = link.getAttribute("href");
      const isHere = page === "/" ? location.pathname === "/" : location.pathname.startsWith(page);
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
    if (signal.aborted) return;
    if (!isNew) return this.restoreScroll(signal);
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
