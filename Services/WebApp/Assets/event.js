/** The event: rooms by number of people, live or at any moment of a day, and how people stay, move and attend. */
import { bar, dwellChart, sessionChart, tableOf } from "./charts.js";
import { debounced, fill, h } from "./dom.js";
import { binWidth, daysOf, figuresOf, localDay } from "./event-data.js";
import { eventAt, listEvents } from "./events.js";
import { flowChart } from "./flows.js";
import { clock, compact, date, duration, isoTime, moment, shortDate, whole } from "./format.js";
import { LateMap } from "./late-map.js";
import { follow } from "./live.js";
import { reportList } from "./reports.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";
import { TimeLine } from "./timeline.js";

const text = strings.event;
/** Locations are live if the last one is not older, and stale after the other time, in milliseconds. */
const [liveAge, staleAge] = [900_000, 90_000];
/** The figures of a running day are requested again after this time, in milliseconds. */
const renewal = 60_000;
/** The number of rooms in the list. */
const listed = 12;

export async function eventPage(context) {
  const { main, signal, query, router, services } = context;
  router.title(text.title);
  const page = h("div", { class: "event-page" });
  fill(main, page);
  await new Promise((shown) => {
    load(page, 10, signal, async () => {
      const [events, { value: state }] = await Promise.all([listEvents(services), services.get("/api/event", {}, signal)]);
      const latest = state.time ? moment(state.time) : Date.now();
      const event = events.find(({ id }) => String(id) === query.get("event")) ?? eventAt(latest, events);
      const plan = event && (await services.getFile(`/api/events/${event.id}/plan`, {}, "application/geo+json", signal));
      const zones = plan ? JSON.parse(await plan.text()).features : [];
      return new EventPage(context, events, event, zones, state).element;
    }).finally(shown);
    // The head of the page does not wait for the figures.
    setTimeout(shown, 200);
  });
}

class EventPage {
  constructor(context, events, event, zones, state) {
    Object.assign(this, context, { events, event, zones, state });
    this.days = event ? daysOf(event) : [];
    this.freshness = h("p", { class: "freshness", role: "status" });
    this.numbers = h("dl", { class: "figures" });
    this.mapElement = h("div", { class: "map tall" });
    this.map = new LateMap(this.mapElement, { ...this.settings, hasPlan: zones.length > 0, pickZone: (id) => this.pickZone(id) }, this.signal);
    this.hint = h("p", { class: "quiet" });
    this.rooms = h("ol", { class: "rooms" });
    this.roomTable = h("div", {});
    this.charts = h("div", { class: "charts" });
    this.reports = h("div", {});
    this.remember = debounced(300, () => this.router.remember({ at: this.isLive ? "" : isoTime(Math.round(this.line.time / 1_000) * 1_000) }));
    this.line = new TimeLine((time) => this.showMoment(time), this.signal);
    this.line.slider.setAttribute("aria-label", text.line);
    this.line.tone = "--heat";
    this.line.element.hidden = true;
    this.line.onUse = () => {
      this.setLive(false);
      this.remember();
    };
    this.element = this.build();
    this.start();
  }

  // ---- The page

  build() {
    const modes = [[true, text.live], [false, text.replay]];
    this.switches = modes.map(([isLive, label]) => h("button", { type: "button", text: label, "data-live": String(isLive), onclick: () => this.choose(isLive) }));
    const others = this.events.length > 1 && choice(text.choose, this.events.map(({ id, name }) => [id, name]), this.event.id, (id) => this.router.go(`/event?event=${id}`));
    return [
      h(
        "div",
        { class: "head" },
        h("div", {}, h("h1", { class: "clamped" }, h("bdi", { text: this.event?.name ?? text.title })), this.freshness),
        h("div", { class: "actions" }, others, this.dayChoice(), h("div", { class: "switch", role: "group", "aria-label": text.mode }, this.switches)),
      ),
      this.numbers,
      h(
        "div",
        { class: "event-columns" },
        h("section", { "aria-labelledby": "plan" }, h("h2", { id: "plan", class: "unseen", text: text.plan }), this.mapElement, this.line.element, this.hint),
        this.zones.length ? h("section", { class: "room-list", "aria-labelledby": "rooms" }, h("h2", { id: "rooms", text: text.rooms }), this.rooms, this.roomTable) : undefined,
      ),
      this.charts,
      this.reports,
    ];
  }

  dayChoice() {
    if (this.days.length < 2) return undefined;
    const days = this.days.map(({ name, opens }) => [name, shortDate(opens)]);
    return choice(text.day, days, this.day?.name ?? this.firstDay().name, (name) => {
      this.setLive(false);
      this.line.time = undefined;
      this.showDay(this.days.find((day) => day.name === name));
    });
  }

  /** The day of the address, else that of the last location, else the last one before it. */
  firstDay() {
    const wanted = this.query.get("at") ? localDay(moment(this.query.get("at"))) : this.query.get("day");
    const named = this.days.find(({ name }) => name === wanted);
    return named ?? this.days.findLast(({ opens }) => opens <= this.now) ?? this.days[0];
  }

  // ---- Time

  /** The time of the last location, but not later than now: a device's clock may be fast. */
  get now() {
    return this.state.time ? Math.min(moment(this.state.time), Date.now()) : Date.now();
  }

  get canBeLive() {
    return Boolean(this.state.time) && Date.now() - this.now < liveAge;
  }

  setLive(isLive) {
    this.isLive = isLive;
    for (const button of this.switches) {
      button.setAttribute("aria-pressed", String((button.dataset.live === "true") === isLive));
      if (button.dataset.live === "true") button.disabled = !isLive && !this.canBeLive;
    }
  }

  choose(isLive) {
    this.setLive(isLive);
    const today = this.days.find(({ name }) => name === localDay(this.now));
    if (isLive && today && today !== this.day) this.showDay(today);
    else if (isLive) this.line.go(this.now);
    else if (!this.line.playing) this.line.toggle();
    this.remember();
  }

  /** Says in words how old the figures are. */
  showFreshness(isConnected = true) {
    const age = Date.now() - this.now;
    const isOld = this.state.time && age > staleAge;
    this.freshness.classList.toggle("stale", !isConnected || Boolean(isOld && age < 12 * 3_600_000));
    if (!isConnected) this.freshness.textContent = text.stale;
    else if (!this.state.time) this.freshness.textContent = text.none;
    else if (age > 12 * 3_600_000) this.freshness.textContent = text.past(`${date(this.now)}, ${clock(this.now)}`);
    else if (isOld) this.freshness.textContent = text.late(duration(age / 1_000));
    else this.freshness.textContent = [text.now(`${date(this.now)}, ${clock(this.now)}`), this.state.lag >= 5 && text.delay(duration(this.state.lag))].filter(Boolean).join(" ");
  }

  // ---- Loading

  start() {
    this.setLive(this.canBeLive && !this.query.get("at"));
    this.showFreshness();
    const tick = setInterval(() => this.showFreshness(this.isConnected !== false), 15_000);
    this.signal.addEventListener("abort", () => clearInterval(tick));
    if (this.zones.length) this.map.showZones(this.zones);
    requestAnimationFrame(async () => {
      if (this.zones.length && this.days.length) await this.showDay(this.firstDay());
      else this.showSquares();
      if (this.signal.aborted) return;
      this.map.start();
      this.followEvent();
      this.showReports();
    });
  }

  /** The page is complete without the reports. */
  async showReports() {
    const list = this.event && (await reportList(this.event, this).catch(() => undefined));
    fill(this.reports, list);
  }

  followEvent() {
    follow(
      (last) => this.services.url("/api/event/stream", { last_event_id: last }),
      { event: (state) => this.update(state) },
      (isConnected) => {
        this.isConnected = isConnected;
        this.showFreshness(isConnected);
      },
      () => {},
      this.signal,
    );
  }

  update(state) {
    const isNew = state.locations !== this.state.locations;
    this.state = state;
    this.setLive(this.isLive);
    this.showFreshness();
    if (!this.day) return this.showSquares();
    if (this.isLive && isNew && Date.now() - this.askedAt > renewal) this.showDay(this.day, true);
  }

  /** Without a plan or opening hours: squares of people now. */
  showSquares() {
    this.map.showHeat(this.state.heat);
    const { persons_seen: seen, window, locations } = this.state;
    fill(this.numbers, figure(text.seen, whole(seen), text.seenHint(Math.round(window / 60))));
    this.hint.textContent = text.squaresHint(this.state.least_persons);
    if (!locations) fill(this.charts, emptyState(text.none, text.noneHint));
    else fill(this.charts, h("p", { class: "quiet", text: text.noPlan }));
  }

  async showDay(day, isRenewal = false) {
    this.day = day;
    this.askedAt = Date.now();
    this.asking?.abort();
    this.asking = new AbortController();
    const signal = AbortSignal.any([this.signal, this.asking.signal]);
    const show = async () => {
      const figures = await figuresOf(day, this.event, this.zones, this.services, signal);
      signal.throwIfAborted();
      this.figures = figures;
      this.showLine();
      return [dwellChart(figures.dwell), flowChart(figures.flows), sessionChart(figures.sessions, (time, zone) => this.showSession(time, zone))];
    };
    // A failure of a renewal leaves the last figures on the page, whose age is above them.
    if (isRenewal) return show().then((charts) => fill(this.charts, charts), () => {});
    await load(this.charts, 6, signal, show);
  }

  /** Shows the people of the day on the line, and goes to the moment of the address, to now, or to the peak. */
  showLine() {
    const { total } = this.figures;
    const first = Math.min(this.day.opens, total[0]?.[0] ?? Infinity);
    const last = Math.max(this.day.closes, (total.at(-1)?.[0] ?? 0) + binWidth);
    const isFirst = this.line.time === undefined || this.line.time < first || this.line.time > last;
    const peak = total.toSorted(([, one], [, other]) => other - one)[0]?.[0];
    const wanted = moment(this.query.get("at") ?? "");
    if (isFirst) this.line.time = wanted >= first && wanted <= last ? wanted : (peak ?? first);
    if (this.isLive) this.line.time = Math.min(Math.max(this.now, first), last);
    this.line.showBins(total, binWidth, [[first, last]]);
    this.line.go(this.line.time);
    this.hint.textContent = text.planHint;
  }

  // ---- A moment

  showMoment(time) {
    if (!this.figures) return;
    const bin = Math.floor(time / binWidth);
    if (this.shown?.bin === bin && this.shown.figures === this.figures) return;
    this.shown = { bin, figures: this.figures };
    const people = this.figures.at(time);
    this.map.showPeople(people, this.figures.most);
    const rooms = this.figures.rooms(people);
    this.showRooms(rooms);
    const { total } = this.figures;
    const inside = total.find(([start]) => start === bin * binWidth)?.[1];
    const peak = total.toSorted(([, one], [, other]) => other - one)[0];
    const visitors = this.figures.roots.reduce((sum, zone) => sum + (this.figures.visitors.get(zone) ?? 0), 0);
    fill(
      this.numbers,
      figure(text.inside, inside ? whole(inside) : text.unknown, `${clock(bin * binWidth)}–${clock((bin + 1) * binWidth)}`),
      figure(text.busiest, rooms[0] ? this.figures.names.get(rooms[0][0]) : "–", rooms[0] && text.busiestHint(whole(rooms[0][1]))),
      figure(text.peak, peak ? whole(peak[1]) : "–", peak && text.peakHint(clock(peak[0]))),
      figure(text.visitors, visitors ? compact(visitors) : text.unknown, shortDate(this.day.opens)),
    );
  }

  showRooms(rooms) {
    const row = ([zone, number]) => {
      const button = h("button", { type: "button", class: "room", "aria-pressed": String(this.zone === zone), onclick: () => this.pickZone(zone) });
      button.append(h("bdi", { class: "chart-name", text: this.figures.names.get(zone) ?? "" }), bar(Math.sqrt(number / this.figures.most)), h("span", { class: "chart-value", text: whole(number) }));
      return h("li", { "data-key": String(zone) }, button);
    };
    const focused = this.rooms.contains(document.activeElement) ? document.activeElement.closest("[data-key]").dataset.key : undefined;
    fill(this.rooms, rooms.slice(0, listed).map(row));
    if (rooms.length === 0) fill(this.rooms, h("li", { class: "quiet", text: text.nothing }));
    this.rooms.querySelector(`[data-key="${focused}"] button`)?.focus({ preventScroll: true });
    const isOpen = this.roomTable.querySelector("details")?.open;
    fill(this.roomTable, rooms.length > listed && tableOf(text.plan, [text.room, text.peopleNow], rooms.map(([zone, number]) => [this.figures.names.get(zone) ?? "", whole(number)]), text.allRooms));
    if (isOpen) this.roomTable.querySelector("details")?.setAttribute("open", "");
  }

  /** Marks a room on the plan and in the list. */
  pickZone(id) {
    this.zone = this.zone === id ? undefined : id;
    this.map.selectZone(this.zone);
    for (const item of this.rooms.querySelectorAll("[data-key]")) item.firstChild.setAttribute("aria-pressed", String(Number(item.dataset.key) === this.zone));
  }

  showSession(time, zone) {
    this.setLive(false);
    this.line.go(time);
    this.remember();
    if (zone !== undefined && this.zone !== zone) this.pickZone(zone);
    this.mapElement.scrollIntoView({ block: "nearest" });
  }
}

const figure = (label, value, note) => h("div", { class: "figure" }, h("dt", { text: label }), h("dd", {}, h("bdi", { class: "clamped", text: value }), note && h("small", { text: note })));

function choice(label, options, value, change) {
  const select = h("select", { "aria-label": label, onchange: () => change(select.value) }, options.map(([key, name]) => h("option", { value: key, text: name })));
  select.value = value;
  return select;
}
