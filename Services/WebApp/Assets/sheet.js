/** The sheet of a person: the dialog, whose content is loaded when the first one opens. */
import { fill, h } from "./dom.js";
import { lateModule } from "./modules.js";
import { load } from "./states.js";

/** Beside the list from this width on; over it on narrower windows. */
const isWide = matchMedia("(min-width: 60rem)");

export class Sheet {
  /** @param {Object} page my day */
  constructor(page) {
    this.page = page;
    this.content = h("div", {});
    this.element = h("dialog", { class: "sheet", "aria-labelledby": "sheet-title", oncancel: (event) => (event.preventDefault(), this.leave()), onkeydown: (event) => event.key === "Escape" && (event.preventDefault(), this.leave()) }, this.content);
    isWide.addEventListener("change", () => this.element.open && (this.element.close(), this.present()), { signal: page.signal });
    page.signal.addEventListener("abort", () => this.close());
  }

  /** Shows a person; `start` selects a meeting. */
  open(id, entry, start) {
    if (this.id === id) return start && this.choose?.(start);
    this.close();
    this.id = id;
    this.opening = new AbortController();
    const signal = AbortSignal.any([this.page.signal, this.opening.signal]);
    fill(this.content);
    this.present();
    load(this.content, 8, signal, async () => {
      const { sheetContent } = await lateModule(contentModule, signal);
      return sheetContent(this, id, entry, start, signal);
    });
  }

  present() {
    if (isWide.matches) this.element.show();
    else this.element.showModal();
  }

  close() {
    this.opening?.abort();
    this.id = this.choose = undefined;
    if (this.element.open) this.element.close();
  }

  /** Closes the sheet and continues at the row of its person. */
  leave() {
    const { id, page } = this;
    page.router.remember({ with: "", at: "" }, true);
    page.open(new URLSearchParams(location.search));
    page.lists.querySelector(`[data-key="${id}"] > a`)?.focus({ preventScroll: true });
  }
}

/** Loads the content of sheets. */
export const contentModule = () => import("./sheet-content.js");
