/** A person: whom they met, where and when, as lists, on a map and on a time line. */
import { announce, bdi, fill, h, refill } from "./dom.js";
import { exportMenu } from "./exports.js";
import { PersonSearch, readable, ruleForm, ruleNames, searchNames } from "./filters.js";
import { fullName, moment } from "./format.js";
import { follow } from "./live.js";
import { keyOf, meetingList, peopleList } from "./meetings.js";
import { lateModule } from "./modules.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";
import { Where } from "./where.js";

const text = strings.person;
/** Initial number of rows of each list, and increment. */
const pageSizes = { people: 20, meetings: 100 };
/** Number of meetings in the stream. */
const streamed = 100;
/** Maximum age of the last meeting or location of someone who is at the event, in milliseconds. */
const recent = 15 * 60_000;

export async function personPage(context) {
  const { main, parameters, signal, router, services } = context;
  const [id] = parameters;
  router.title(text.number(id));
  const page = h("div", {});
  fill(main, page);
  await new Promise((shown) => {
    load(page, 10, signal, async () => {
      const { value: person } = await services.get(`/api/persons/${id}`, {}, signal);
      router.title(fullName(person));
      return new PersonPage(context, person).element;
    }).finally(shown);
    setTimeout(shown, 200);
  });
}

class PersonPage {
  constructor(context, person) {
    Object.assign(this, context);
    this.person = person;
    this.filters = Object.fromEntries([...ruleNames, ...searchNames].map((name) => [name, readable(name, this.query.get(name))]));
    this.view = this.query.get("view") === "meetings" ? "meetings" : "people";
    this.wanted = { ...pageSizes };
    this.rows = { people: [], meetings: [] };
    this.totals = {};
    this.fresh = new Set();
    this.freshPeople = new Set();
    this.lists = { people: h("div", { class: "list" }), meetings: h("div", { class: "list" }) };
    this.count = h("p", { class: "quiet", role: "status", id: "count" });
    this.liveness = h("span", { class: "live", hidden: true });
    this.search = new PersonSearch(this.filters, (search) => {
      Object.assign(this.filters, search);
      return this.reload();
    });
    this.where = new Where(person, () => ({ from: this.filters.from, to: this.filters.to }), this);
    this.element = this.build();
    this.showView(this.view);
    this.restart();
  }

  // ---- The page

  build() {
    const views = [["people", text.people], ["meetings", text.meetings]];
    this.switches = views.map(([view, label]) => h("button", { type: "button", text: label, "data-view": view, onclick: () => this.showView(view) }));
    this.exports = h("div", {});
    this.columns = h(
      "div",
      { class: "columns" },
      h(
        "section",
        { "aria-labelledby": "met" },
        h("h2", { id: "met" }, text.met, " ", this.liveness),
        h("div", { class: "switch", role: "group", "aria-label": text.view }, this.switches),
        this.search.element,
        h("div", { class: "head tight" }, this.count, this.exports),
        this.lists.people,
        this.lists.meetings,
        h("p", {}, h("button", { type: "button", class: "plain", text: text.whyNot, onclick: () => this.explainMissing() })),
      ),
      this.where.element,
    );
    return [
      h("div", { class: "head" }, h("div", {}, h("h1", {}, bdi(fullName(this.person))), h("p", { class: "lead" }, bdi(this.person.company_name)))),
      h(
        "details",
        { class: "filter-box", open: matchMedia("(min-width: 56rem)").matches },
        h("summary", { text: strings.filters.title }),
        ruleForm(this.filters, (rule) => {
          Object.assign(this.filters, rule);
          this.restart();
        }),
      ),
      this.columns,
    ];
  }

  /** Shows the people met, or the meetings. */
  showView(view) {
    this.view = view;
    for (const [name, list] of Object.entries(this.lists)) list.hidden = name !== view;
    for (const button of this.switches) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    this.columns.dataset.view = view;
    fill(this.exports, exportMenu(view, this));
    this.showCount();
    this.router.remember({ view: view === "people" ? "" : view });
    this.showMeetings();
  }

  showCount() {
    const [shown, total] = [this.rows[this.view].length, this.totals[this.view]];
    this.count.textContent = total === undefined ? "" : text.shown[this.view](shown, total);
  }

  // ---- What the services are asked

  /** The path of a resource of the person. */
  path(name) {
    return `/api/persons/${this.person.id}/${name}`;
  }

  /** The rule of a meeting. */
  get rule() {
    return Object.fromEntries(ruleNames.map((name) => [name, this.filters[name]]));
  }

  /** The rule and the search. */
  get question() {
    return { ...this.filters };
  }

  get isSearch() {
    return searchNames.some((name) => this.filters[name]);
  }

  // ---- Loading

  /** Repeats all requests after a change of the rule. */
  restart() {
    this.following?.abort();
    this.following = new AbortController();
    this.brought = undefined;
    const signal = AbortSignal.any([this.signal, this.following.signal]);
    this.reload().then(async () => {
      if (signal.aborted) return;
      this.where.load(signal);
      await this.restore();
      if (!signal.aborted) this.followMeetings(signal);
    });
  }

  /** A signal for new questions; cancels earlier ones. */
  ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    return AbortSignal.any([this.signal, this.following.signal, this.asking.signal]);
  }

  /** Asks for both lists again after a change of the search. */
  async reload() {
    const signal = this.ask();
    this.router.remember(this.filters);
    this.known = this.knownPeople = undefined;
    await Promise.all([load(this.lists.people, 8, signal, () => this.people(signal)), load(this.lists.meetings, 8, signal, () => this.meetings(signal))]);
  }

  /**
   * Brings both lists up to date while they are shown. One renewal runs at a time and one waits, so that the lists appear
   * however fast changes come.
   *
   * @param {{rows: Array<Object>, total: number}} [brought] the meetings, if the stream has sent them
   */
  renew(brought) {
    this.brought = brought;
    this.waiting ??= Promise.resolve(this.renewing).then(() => {
      this.waiting = undefined;
      this.renewing = this.renewLists(this.ask());
      return this.renewing;
    });
    return this.waiting;
  }

  async renewLists(signal) {
    const renewList = async (name) => {
      try {
        const content = await this[name](signal, this.brought);
        if (!signal.aborted) refill(this.lists[name], content);
      } catch {
        if (!signal.aborted) await load(this.lists[name], 8, signal, () => this[name](signal));
      }
    };
    await Promise.all([renewList("people"), renewList("meetings")]);
  }

  async showMore(name) {
    const before = this.rows[name].length;
    this.wanted[name] += pageSizes[name];
    await this.renew();
    this.lists[name].querySelectorAll(":scope > ol > li")[before]?.querySelector("button").focus();
  }

  /** Asks for the people met; answers the content of their list. */
  async people(signal) {
    const { rows, total } = await this.services.list(this.path("people"), this.question, this.wanted.people, signal);
    const { opened } = this;
    const isListed = opened && rows.some(({ person }) => person.id === opened.person.id);
    const meetings = isListed ? await this.meetingsWith(opened.person, signal) : [];
    signal.throwIfAborted();
    if (this.opened === opened) this.opened = isListed ? { ...opened, meetings } : undefined;
    const ids = rows.map(({ person }) => person.id);
    this.freshPeople = new Set(this.knownPeople ? [...this.freshPeople, ...ids.filter((id) => !this.knownPeople.has(id))] : []);
    this.knownPeople = new Set(ids);
    this.search.offer(rows.map(({ person }) => person));
    this.take("people", rows, total);
    return this.content("people");
  }

  /** Asks for the meetings unless the stream has brought all that are shown; answers the content of their list. */
  async meetings(signal, brought) {
    const isWhole = brought && !this.isSearch && brought.rows.length >= Math.min(brought.total, this.wanted.meetings);
    const { rows, total } = isWhole ? brought : await this.services.list(this.path("encounters"), this.question, this.wanted.meetings, signal);
    signal.throwIfAborted();
    const news = this.known ? rows.filter((encounter) => !this.known.has(keyOf(encounter))) : [];
    this.fresh = new Set(this.known ? [...this.fresh, ...news.map(keyOf)] : []);
    this.known = new Set(rows.map(keyOf));
    for (const { person } of news) announce(`${text.isNew}: ${fullName(person)}`);
    if (!isWhole && !this.isSearch) this.latest = stateOf(rows.slice(0, streamed), total);
    this.take("meetings", rows, total);
    return this.content("meetings");
  }

  /** All meetings with one person in the order of time. */
  async meetingsWith(person, signal) {
    const name = `${person.first_name} ${person.last_name}`.slice(0, 255);
    const { rows } = await this.services.list(this.path("encounters"), { ...this.rule, name, company: person.company_name }, Infinity, signal);
    const theirs = rows.filter((encounter) => encounter.person.id === person.id);
    return theirs.sort((one, other) => moment(one.start) - moment(other.start));
  }

  take(name, rows, total) {
    this.rows[name] = rows;
    this.totals[name] = total;
    this.showCount();
    this.showLiveness();
    this.showMeetings();
  }

  content(name) {
    const [rows, total] = [this.rows[name], this.totals[name]];
    if (rows.length === 0) return emptyState(text.none[name], this.isSearch ? text.noneFound : text.noneHint);
    const list = name === "people" ? peopleList(rows, this) : meetingList(rows, text.mostSignificant, true, this);
    return [list, rows.length < total && h("button", { type: "button", text: strings.more, onclick: () => this.showMore(name) })];
  }

  // ---- Live

  followMeetings(signal) {
    const address = (last) => this.services.url(this.path("encounters/stream"), { ...this.rule, limit: streamed, last_event_id: last });
    follow(
      address,
      { encounters: ({ total, encounters }) => this.update(encounters, total), locations: () => this.where.extend(signal) },
      (isLive) => {
        this.isLive = isLive;
        this.showLiveness(isLive ? text.live : text.notLive);
        this.services.note(isLive || this.services.isReachable);
      },
      (reason) => {
        this.isLive = false;
        this.showLiveness(text.noMoreLive);
        announce(reason || text.noMoreLive);
      },
      signal,
    );
  }

  /** Says whether the page follows what happens; nothing about a day that is over. */
  showLiveness(words = this.liveness.textContent) {
    const last = Math.max(this.where.lastTime, ...this.rows.people.map(({ last_encounter }) => moment(last_encounter)));
    this.liveness.textContent = words;
    this.liveness.hidden = this.isLive && Date.now() - last > recent;
    this.liveness.classList.toggle("off", !this.isLive);
  }

  /** Takes the meetings that the stream sent unless they are on the page. */
  update(rows, total) {
    const state = stateOf(rows, total);
    if (state === this.latest) return;
    this.latest = state;
    this.renew({ rows, total });
  }

  /** The meetings on the map: those of the person who is opened, or those that are listed. */
  shown() {
    return (this.view === "people" && this.opened?.meetings) || this.rows.meetings;
  }

  showMeetings() {
    this.where.showMeetings(this.shown(), (encounter) => this.pick(encounter));
  }

  // ---- Choosing

  /** Opens or closes the meetings with a person. */
  async open(person) {
    this.opening?.abort();
    this.opening = new AbortController();
    const signal = AbortSignal.any([this.following.signal, this.opening.signal, this.signal]);
    const isOpen = this.opened?.person.id === person.id;
    this.opened = isOpen ? undefined : { person, meetings: [] };
    this.mark(undefined);
    refill(this.lists.people, this.content("people"));
    this.showMeetings();
    this.where.showOther(this.opened?.person);
    const element = this.lists.people.querySelector(".opened");
    if (!element) return;
    await load(element, 2, signal, async () => {
      const meetings = await this.meetingsWith(person, signal);
      signal.throwIfAborted();
      this.opened = { person, meetings };
      this.showMeetings();
      return meetingList(meetings, text.meetingsWith(fullName(person)), false, this);
    });
    // A renewal has replaced the element meanwhile.
    if (!element.isConnected && !signal.aborted) refill(this.lists.people, this.content("people"));
  }

  /** Selects a meeting that was picked on the map, in the list that contains it. */
  async pick(encounter) {
    const { person } = encounter;
    if (this.view === "people" && this.opened?.person.id !== person.id) {
      if (this.rows.people.some((row) => row.person.id === person.id)) await this.open(person);
      else this.showView("meetings");
    }
    this.select(encounter);
    this.lists[this.view].querySelector(".meeting.selected")?.scrollIntoView({ block: "nearest" });
  }

  /** Selects a meeting; clears the selection if it is selected. */
  select(encounter) {
    const isSame = this.selected && keyOf(this.selected) === keyOf(encounter);
    this.show(isSame ? undefined : encounter);
  }

  /** Shows a meeting on the map and the time line, with the other's trail. */
  show(encounter) {
    this.mark(encounter);
    this.where.select(encounter, encounter?.person ?? (this.view === "people" ? this.opened?.person : undefined));
  }

  /** Shows a meeting and scrolls to the map. */
  showMap(encounter) {
    this.show(encounter);
    this.where.reveal();
  }

  /** Marks a meeting in the lists, and names it in the address. */
  mark(encounter) {
    this.selected = encounter;
    for (const item of this.columns.querySelectorAll(".meeting")) {
      const isSelected = Boolean(encounter) && item.dataset.key === keyOf(encounter);
      item.classList.toggle("selected", isSelected);
      item.firstChild.setAttribute("aria-pressed", String(isSelected));
    }
    this.router.remember({ with: encounter?.person.id ?? this.opened?.person.id, at: encounter?.start });
  }

  async explain(person) {
    const { showEvidence } = await this.evidence();
    showEvidence(this.person, person, this.rule, this);
  }

  async explainMissing() {
    const { whyNot } = await this.evidence();
    whyNot(this.person, this.rule, this);
  }

  evidence() {
    return lateModule(() => import("./evidence.js"), this.signal);
  }

  /** Opens the person and selects the meeting that the address names; a person on a later page is searched for. */
  async restore() {
    const [id, start] = [Number(this.query.get("with")), this.query.get("at")];
    if (!id || this.isRestored) return;
    this.isRestored = true;
    if (this.view === "people") {
      const find = () => this.rows.people.find(({ person }) => person.id === id);
      if (!find() && !this.isSearch && this.rows.people.length < this.totals.people) {
        const answer = await this.services.get(`/api/persons/${id}`, {}, this.signal).catch(() => undefined);
        if (answer) await this.search.searchFor(answer.value);
      }
      if (!find()) return;
      await this.open(find().person);
      if (!start) return;
    }
    const found = this.shown().find((encounter) => encounter.person.id === id && (!start || encounter.start === start));
    if (found) this.show(found);
  }
}

/** Identifies a state of the meetings. */
const stateOf = (rows, total) => JSON.stringify([total, rows]);
