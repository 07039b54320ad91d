/** My day: the people a person met, in honest groups, with a search, and the person or meeting that is opened. */
import { Contacts, requestList } from "./contacts.js";
import { announce, bdi, debounced, fill, h, refill } from "./dom.js";
import { dayExports } from "./exports.js";
import { fullName } from "./format.js";
import { groupsOf, lastOf, matches, orders, searchOf } from "./groups.js";
import { follow } from "./live.js";
import { latePage } from "./modules.js";
import { Notes } from "./notes.js";
import { nudgeRegion } from "./nudges.js";
import { groupSection, headline } from "./rows.js";
import { contentModule, Sheet } from "./sheet.js";
import { emptyState, load, skeleton } from "./states.js";
import { strings } from "./strings.js";
import { distances } from "./talk.js";
import { visitList } from "./visits.js";

const text = strings.day;
/** Maximum number of rows of a question. */
const most = 1_000;
/** Minimum time between two renewals, in milliseconds. */
const calm = 5_000;
/** Maximum age of the last meeting of a day that is under way, in milliseconds. */
const recent = 15 * 60_000;

export function dayPage(context) {
  const { session, router } = context;
  router.title(text.title);
  if (session.personID) return new DayPage(context).start();
  if (session.isRequired) return router.go(`/sign-in${location.search}`, true);
  return latePage(() => import("./pick.js"), "pickPage", {})(context);
}

class DayPage {
  constructor(context) {
    Object.assign(this, context);
    this.id = this.session.personID;
    this.q = this.query.get("q") ?? "";
    this.order = this.query.get("order") in orders ? this.query.get("order") : "time";
    this.answers = {};
    this.unfolded = new Set();
    this.caps = {};
    this.lead = h("h1", { class: "headline", text: text.title });
    this.self = h("p", { class: "quiet self" });
    this.liveness = h("span", { class: "live", role: "status", hidden: true });
    this.found = h("p", { class: "quiet found", role: "status" });
    this.lists = h("div", { class: "groups" });
    this.notes = new Notes(this.services, this.id, this.signal);
    this.contacts = new Contacts(this.services, this.id, this.signal);
    this.sheet = new Sheet(this);
    this.nudges = h("div", {});
    this.aside = h("section", { class: "where", "aria-labelledby": "visits" });
  }

  async start() {
    fill(this.main, h("div", { class: "day" }, h("div", { class: "day-list" }, h("div", { class: "day-head" }, this.self, this.liveness, this.lead), this.nudges, this.tools(), this.lists), h("div", { class: "day-side" }, this.sheet.element, this.aside)));
    this.router.stay((query) => this.open(query), this.signal);
    await load(this.lists, 9, this.signal, async () => {
      await this.ask();
      return this.content();
    });
    if (this.signal.aborted) return;
    this.watchPassed();
    this.open(this.query);
    visitList(this.aside, this);
    this.followMeetings();
    if (this.session.isSignedIn) this.nudges.replaceWith(nudgeRegion(this));
    // The first sheet then opens without a wait for its module.
    (window.requestIdleCallback ?? setTimeout)(() => contentModule().catch(() => {}));
  }

  /** The search and the order. */
  tools() {
    this.search = h("input", { type: "search", id: "q", value: this.q, maxlength: 255, autocomplete: "off", placeholder: text.example, oninput: debounced(120, () => this.find()) });
    this.sort = h("select", { id: "order", onchange: () => this.find() }, Object.keys(orders).map((name) => h("option", { value: name, text: text.orders[name], selected: name === this.order })));
    return h(
      "form",
      { class: "day-tools", role: "search", "aria-label": text.search, onsubmit: (event) => (event.preventDefault(), this.find()) },
      h("label", { for: "q", class: "unseen", text: text.search }),
      this.search,
      h("label", { for: "order", class: "unseen", text: text.order }),
      this.sort,
    );
  }

  find() {
    [this.q, this.order] = [this.search.value.trim(), this.sort.value];
    this.router.remember({ q: this.q, order: this.order === "time" ? "" : this.order });
    this.show();
  }

  // ---- What the services are asked

  people(distance) {
    return this.services.list(`/api/persons/${this.id}/people`, { distance }, most, this.signal);
  }

  /** Asks for everything but the people who only passed by. */
  async ask() {
    const [person, talked, nearby, meetings] = await Promise.all([
      this.services.get(`/api/persons/${this.id}`, {}, this.signal),
      this.people(distances.talked),
      this.people(distances.nearby),
      this.services.list(`/api/persons/${this.id}/encounters`, { distance: distances.nearby }, most, this.signal),
      this.notes.load(),
      this.contacts.load(),
    ]);
    this.person = person.value;
    Object.assign(this.answers, { talked: talked.rows, nearby: nearby.rows });
    this.meetings = meetings.rows;
    this.group();
  }

  /** Asks for the people who passed by, who are many; without them, the page still has the others. */
  async askPassed() {
    this.isPassedAsked = true;
    const answer = await this.people(distances.passed).catch(() => undefined);
    if (this.signal.aborted) return;
    this.answers.passed = answer?.rows ?? this.answers.passed ?? [];
    this.group();
    this.show();
  }

  /** Asks for the people who passed by once their group comes into view. */
  watchPassed() {
    this.watcher?.disconnect();
    const group = this.lists.querySelector(".group[data-key=passed]");
    if (!group || this.isPassedAsked) return;
    this.watcher = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && !this.isPassedAsked && this.askPassed());
    this.watcher.observe(group);
  }

  group() {
    this.groups = groupsOf(this.answers, this.meetings, this.person.company_name, this.notes);
    this.entries = new Map(Object.values(this.groups).flatMap((group) => group.map((entry) => [entry.person.id, entry])));
  }

  /** Renews the lists after a change; at most one renewal in `calm`. */
  renew = (() => {
    let next;
    return () => {
      next ??= setTimeout(async () => {
        next = undefined;
        if (this.signal.aborted) return;
        const known = new Set(this.entries.keys());
        await this.ask().catch(() => undefined);
        if (this.isPassedAsked) await this.askPassed();
        else this.show();
        for (const entry of this.groups.talked) if (!known.has(entry.person.id)) announce(text.isNew(entry.person.first_name));
      }, this.groups.talked.length ? calm : 500);
    };
  })();

  followMeetings() {
    const path = `/api/persons/${this.id}/encounters/stream`;
    let isFirst = true;
    const change = () => {
      if (!isFirst) this.renew();
      isFirst = false;
    };
    follow(
      (last) => this.services.url(path, { distance: distances.nearby, limit: 1, last_event_id: last }),
      { encounters: change },
      (isLive) => {
        const last = Math.max(...[...this.entries.values()].map(lastOf));
        const isRecent = isLive && Date.now() - last < recent;
        this.liveness.hidden = isLive && !isRecent;
        this.liveness.textContent = isLive ? text.live : text.notLive;
        this.liveness.classList.toggle("off", !isRecent);
      },
      () => (this.liveness.hidden = true),
      this.signal,
    );
  }

  // ---- What is shown

  /** Shows the groups again after a change of a note or a contact. */
  regroup() {
    this.group();
    this.show();
  }

  show() {
    if (!this.groups) return;
    refill(this.lists, this.content());
    this.watchPassed();
  }

  content() {
    const question = searchOf(this.q);
    const isSearch = this.q !== "";
    const found = Object.entries(this.groups).map(([name, group]) => [name, group.filter((entry) => !isSearch || matches(entry, question)).sort(orders[this.order])]);
    const total = found.reduce((sum, [, group]) => sum + group.length, 0);
    fill(this.self, bdi(fullName(this.person)), " · ", bdi(this.person.company_name), " ", !this.session.isSignedIn && h("button", { type: "button", class: "plain", text: text.notMe, onclick: () => this.session.choose(undefined) }));
    fill(this.lead, headline(this.groups));
    this.found.textContent = isSearch ? text.found(total) : "";
    // A search is also among the people who passed by, and without the others they are the answer.
    if ((isSearch || total === 0) && !this.isPassedAsked) this.askPassed();
    const requests = requestList(this.contacts, (id) => this.address(id));
    if (total === 0 && !this.answers.passed) return [requests, skeleton(3)];
    if (total === 0) return [requests, isSearch ? emptyState(text.noneFound, text.noneFoundHint) : emptyState(text.none, text.noneHint, h("a", { class: "button", href: "/phone", text: text.connect }))];
    // A folded group opens if there is nothing above it.
    const first = found.find(([, group]) => group.length)?.[0];
    return [requests, this.found, ...found.map(([name, group]) => (group.length > 0 || (name === "passed" && !this.answers.passed)) && groupSection(name, group, { page: this, isOpen: isSearch || name === first || !["passed", "colleagues", "dismissed"].includes(name) || this.unfolded.has(name) })), dayExports(this)];
  }

  // ---- Opening a person

  /** The address of a person, or of a meeting, on this page. */
  address(id, start) {
    const query = new URLSearchParams(location.search);
    for (const name of ["with", "at"]) query.delete(name);
    if (id) query.set("with", id);
    if (start) query.set("at", start);
    return location.pathname + (query.size ? `?${query}` : "");
  }

  /** Opens the person in the address, or closes the sheet. */
  open(query) {
    const id = Number(query.get("with"));
    this.opened = id || undefined;
    const entry = this.entries?.get(id);
    // A person of a folded group is shown in it.
    const folded = entry && ["passed", "colleagues", "dismissed"].find((name) => this.groups[name].includes(entry));
    if (folded && !this.unfolded.has(folded)) {
      this.unfolded.add(folded);
      this.show();
    }
    for (const link of this.lists.querySelectorAll(".row > a")) {
      if (link.closest("li").dataset.key === String(id)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (id) this.sheet.open(id, entry, query.get("at"));
    else this.sheet.close();
  }
}
