/** A person: whom they met, where and when, on a map and a time line. */
import { announce, fill, h } from "./dom.js";
import { showEvidence, whyNot } from "./evidence.js";
import { calendar, save, vCards } from "./exports.js";
import { clock, duration, fullName, isoTime, localInputTime, metres, moment, timeRange } from "./format.js";
import { follow } from "./live.js";
import { EventMap, trailOf } from "./map.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";
import { TimeLine } from "./timeline.js";

const text = strings.person;
const pageSize = 100;
/** How many meetings the service gives in one answer at most. */
const mostShown = 1_000;
/** What can still be called a meeting, in metres and seconds; wider questions are the API's. */
const [greatestDistance, longestApart] = [50, 300];

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

/** What a meeting is recognised by when the list is renewed. */
const keyOf = (encounter) => `${encounter.person.id} ${encounter.start}`;

class PersonPage {
  constructor(context, person) {
    Object.assign(this, context);
    this.person = person;
    this.filters = Object.fromEntries(["from", "to", "distance", "within", "company"].map((name) => [name, this.query.get(name) ?? ""]));
    this.limit = pageSize;
    this.encounters = [];
    this.locations = [];
    this.list = h("div", { class: "list" });
    this.count = h("p", { class: "quiet", role: "status", id: "count" });
    this.liveness = h("span", { class: "live", hidden: true });
    this.companies = h("select", { id: "company", name: "company", onchange: () => this.chooseCompany() });
    this.mapElement = h("div", { class: "map" });
    this.mapNote = h("p", { class: "quiet", role: "status" });
    this.timeLine = new TimeLine((time) => this.map?.showMoment(time), this.signal);
    this.timeLine.element.hidden = true;
    this.element = this.build();
    // The map measures its place, so it comes when that is on the page.
    requestAnimationFrame(() => {
      this.map = new EventMap(this.mapElement, this.settings, this.signal);
      this.restart();
    });
  }

  build() {
    return [
      h(
        "div",
        { class: "head" },
        h("div", {}, h("h1", { text: fullName(this.person) }), h("p", { class: "lead", text: this.person.company_name })),
        this.exportMenu(),
      ),
      h("details", { class: "filter-box", open: matchMedia("(min-width: 56rem)").matches }, h("summary", { text: text.filters }), this.filterForm()),
      h(
        "div",
        { class: "columns" },
        h(
          "section",
          { "aria-labelledby": "meetings" },
          h("h2", { id: "meetings" }, text.meetings, " ", this.liveness),
          this.count,
          this.list,
          h("p", {}, h("button", { type: "button", class: "plain", text: text.whyNot, onclick: () => whyNot(this.person, this.rule, this) })),
        ),
        h("section", { class: "sticky", "aria-labelledby": "map" }, h("h2", { id: "map", text: text.map }), this.mapElement, this.timeLine.element, this.mapNote, this.legend()),
      ),
    ];
  }

  legend() {
    const entry = (name, label) => h("li", {}, h("span", { class: `dot ${name}`, "aria-hidden": "true" }), label);
    this.otherEntry = entry("other", text.them);
    this.otherEntry.hidden = true;
    return h("ul", { class: "legend" }, entry("own", text.me), this.otherEntry, entry("meeting", text.meetingPlaces));
  }

  filterForm() {
    const input = (name, label, attributes) =>
      h("p", {}, h("label", { for: name, text: label }), h("input", { id: name, name, ...attributes, value: attributes.value ?? this.filters[name] }));
    const time = (name) => (this.filters[name] ? localInputTime(moment(this.filters[name])) : "");
    const failure = h("p", { class: "bad", role: "alert" });
    const form = h(
      "form",
      {
        class: "filters",
        "aria-label": text.filters,
        onsubmit: (event) => {
          event.preventDefault();
          const { from, to, distance, within } = form.elements;
          failure.textContent = from.value && to.value && from.value > to.value ? text.wrongWindow : "";
          if (failure.textContent) return to.focus();
          const iso = (value) => (value ? isoTime(new Date(value).getTime()) : "");
          Object.assign(this.filters, { from: iso(from.value), to: iso(to.value), distance: distance.value, within: within.value });
          this.restart();
        },
        onreset: () => {
          Object.assign(this.filters, { from: "", to: "", distance: "", within: "", company: "" });
          for (const element of form.querySelectorAll("input")) element.setAttribute("value", "");
          this.restart();
        },
      },
      input("from", text.from, { type: "datetime-local", value: time("from") }),
      input("to", text.to, { type: "datetime-local", value: time("to") }),
      input("distance", text.distance, { type: "number", min: 0, max: greatestDistance, step: "any", placeholder: "5" }),
      input("within", text.within, { type: "number", min: 0, max: longestApart, step: "any", placeholder: "60" }),
      h("p", {}, h("label", { for: "company", text: text.company }), this.companies),
      h("p", { class: "actions" }, h("button", { class: "primary", text: text.apply }), h("button", { type: "reset", text: text.reset })),
      failure,
    );
    return form;
  }

  /** What the services are asked with. */
  get rule() {
    const { from, to, distance, within } = this.filters;
    return { from, to, distance, within };
  }

  // ---- Loading

  /** Asks anew, because what counts has changed. */
  restart() {
    this.following?.abort();
    this.following = new AbortController();
    const signal = AbortSignal.any([this.signal, this.following.signal]);
    this.router.remember(this.filters);
    this.known = undefined;
    if (this.filters.company) this.limit = mostShown;
    load(this.list, 8, signal, async () => {
      const { value, headers } = await this.services.get(`/api/persons/${this.person.id}/encounters`, { ...this.rule, limit: this.limit }, signal);
      this.take(value, Number(headers.get("X-Total-Count") ?? value.length));
      return this.listContent();
    }).then(() => {
      if (signal.aborted) return;
      this.restore();
      this.followMeetings(signal);
    });
    this.loadTrail(signal);
  }

  async loadTrail(signal) {
    await load(this.mapNote, 1, signal, async () => {
      const { from, to } = this.filters;
      const { value } = await this.services.get(`/api/persons/${this.person.id}/locations`, { from, to }, signal);
      this.locations = value;
      this.showTrails();
      return this.trailNote();
    });
  }

  trailNote() {
    return h("span", { text: this.locations.length ? text.trail(this.locations.length) : text.noTrail });
  }

  showTrails() {
    const own = trailOf(this.locations, moment);
    this.timeLine.show(own.times, this.shown());
    const trails = [{ trail: own, colour: "--own" }];
    if (this.other) trails.push({ trail: this.other.trail, colour: "--other" });
    this.map.showTrails(trails);
  }

  /** Gets what happens while the page is open. */
  followMeetings(signal) {
    const address = (last) =>
      this.services.url(`/api/persons/${this.person.id}/encounters/stream`, { ...this.rule, limit: this.limit, last_event_id: last });
    follow(
      address,
      {
        encounters: ({ total, encounters }) => {
          this.take(encounters, total);
          fill(this.list, this.listContent());
        },
        locations: () => this.extendTrail(signal),
      },
      (isLive) => {
        this.liveness.hidden = false;
        this.liveness.textContent = isLive ? text.live : text.notLive;
        this.liveness.classList.toggle("off", !isLive);
        this.services.note(isLive || this.services.isReachable);
      },
      (reason) => {
        this.liveness.textContent = text.noMoreLive;
        announce(reason || text.noMoreLive);
      },
      signal,
    );
  }

  /** Fetches the person's trail again: late locations come anywhere in it. */
  async extendTrail(signal) {
    const { from, to } = this.filters;
    const { value } = await this.services.get(`/api/persons/${this.person.id}/locations`, { from, to }, signal).catch(() => ({}));
    if (!value || signal.aborted) return;
    this.locations = value;
    this.showTrails();
    fill(this.mapNote, this.trailNote());
  }

  take(encounters, total) {
    const fresh = this.known ? encounters.filter((encounter) => !this.known.has(keyOf(encounter))) : [];
    this.fresh = new Set(fresh.map(keyOf));
    this.known = new Set(encounters.map(keyOf));
    this.encounters = encounters;
    this.total = total;
    for (const { person } of fresh) announce(`${text.isNew}: ${fullName(person)}`);
    const names = [...new Set(encounters.map(({ person }) => person.company_name))].sort();
    if (this.filters.company && !names.includes(this.filters.company)) names.unshift(this.filters.company);
    fill(this.companies, h("option", { value: "", text: text.everyCompany }), names.map((name) => h("option", { value: name, text: name })));
    this.companies.value = this.filters.company;
  }

  // ---- The list

  /** The meetings of the company that is chosen. */
  shown() {
    const { company } = this.filters;
    return company ? this.encounters.filter(({ person }) => person.company_name === company) : this.encounters;
  }

  listContent() {
    const shown = this.shown();
    this.count.textContent = shown.length === this.total ? text.total(this.total) : text.shown(shown.length, this.total);
    this.selected = shown.find((encounter) => this.selected && keyOf(encounter) === keyOf(this.selected));
    this.map.showPlaces(shown, (encounter) => this.select(encounter, true));
    this.timeLine.show(this.timeLine.times, shown);
    if (shown.length === 0) {
      return this.encounters.length ? emptyState(text.none, text.noneOfCompany) : emptyState(text.none, text.noneHint);
    }
    const items = shown.map((encounter) => this.item(encounter));
    const more = this.encounters.length < Math.min(this.total, mostShown) && h("button", { type: "button", text: strings.more, onclick: () => this.showMore() });
    return [h("ol", { class: "meetings", "aria-label": text.mostSignificant }, items), more];
  }

  item(encounter) {
    const { person } = encounter;
    const isSelected = encounter === this.selected;
    return h(
      "li",
      { class: isSelected ? "meeting selected" : "meeting", "data-key": keyOf(encounter) },
      h(
        "button",
        { type: "button", class: "meeting-head", "aria-pressed": String(isSelected), onclick: () => this.select(encounter) },
        h("strong", { text: fullName(person) }),
        this.fresh.has(keyOf(encounter)) && h("span", { class: "badge", text: text.isNew }),
        h("span", { class: "quiet company", text: person.company_name }),
        h("span", { class: "when", text: timeRange(moment(encounter.start), moment(encounter.end)) }),
        h("span", { class: "facts" }, [duration(encounter.duration), text.closest(metres(encounter.closest_distance)), text.certainty(Math.round(encounter.certainty * 100))].join(" · ")),
      ),
      h(
        "p",
        { class: "actions" },
        h("button", { type: "button", class: "plain", text: text.why, "aria-label": `${text.why} ${fullName(person)}, ${clock(moment(encounter.start))}`, onclick: () => showEvidence(this.person, person, this.rule, this) }),
        h("a", { class: "plain", href: `/people/${person.id}`, text: text.theirPage, "aria-label": `${text.theirPage}: ${fullName(person)}` }),
      ),
    );
  }

  showMore() {
    this.limit = Math.min(this.limit + pageSize, mostShown);
    this.restart();
  }

  chooseCompany() {
    this.filters.company = this.companies.value;
    this.restart();
  }

  /** Shows a meeting on the map and the time line, with the other's trail. */
  async select(encounter, isFromMap = false) {
    const isSame = encounter === this.selected;
    this.selected = isSame ? undefined : encounter;
    for (const item of this.list.querySelectorAll(".meeting")) {
      const isSelected = this.selected && item.dataset.key === keyOf(this.selected);
      item.classList.toggle("selected", Boolean(isSelected));
      item.firstChild.setAttribute("aria-pressed", String(Boolean(isSelected)));
      if (isSelected && isFromMap) item.scrollIntoView({ block: "nearest" });
    }
    this.router.remember({ with: this.selected?.person.id, at: this.selected?.start });
    this.timeLine.select(this.selected);
    await this.showOther(this.selected?.person);
    this.map.select(this.selected);
  }

  async showOther(person) {
    if (this.other?.person.id === person?.id) return;
    this.other = undefined;
    if (person) {
      const { from, to } = this.filters;
      const answer = await this.services.get(`/api/persons/${person.id}/locations`, { from, to }, this.signal).catch(() => undefined);
      if (answer && this.selected?.person.id === person.id) this.other = { person, trail: trailOf(answer.value, moment) };
    }
    this.otherEntry.hidden = !this.other;
    if (this.other) this.otherEntry.lastChild.textContent = fullName(this.other.person);
    this.showTrails();
  }

  /** Selects the meeting that the address names. */
  restore() {
    const [other, start] = [this.query.get("with"), this.query.get("at")];
    const found = !this.selected && this.shown().find((encounter) => String(encounter.person.id) === other && (!start || encounter.start === start));
    if (found) this.select(found);
  }

  // ---- Exports

  exportMenu() {
    const status = h("p", { class: "quiet", role: "status" });
    const name = `meetings-${this.person.id}`;
    const path = `/api/persons/${this.person.id}/encounters`;
    const question = () => ({ ...this.rule, company: this.filters.company });
    const all = async () => (await this.services.get(path, question(), this.signal)).value;
    const makers = [
      [text.csv, "csv", async () => this.services.getFile(path, question(), "text/csv", this.signal)],
      [text.geojson, "geojson", async () => this.services.getFile(path, question(), "application/geo+json", this.signal)],
      [text.vcard, "vcf", async () => new Blob([vCards(await all())], { type: "text/vcard" })],
      [text.ics, "ics", async () => new Blob([calendar(this.person, await all())], { type: "text/calendar" })],
    ];
    const buttons = makers.map(([label, extension, make]) =>
      h("button", {
        type: "button",
        class: "plain",
        text: label,
        onclick: async () => {
          status.textContent = text.exporting(label);
          try {
            save(`${name}.${extension}`, await make());
            status.textContent = "";
          } catch (error) {
            status.textContent = error.message || strings.unreachable;
          }
        },
      }),
    );
    return h("div", { class: "exports", role: "group", "aria-label": text.exports }, h("span", { class: "quiet", text: text.exports }), buttons, status);
  }
}
