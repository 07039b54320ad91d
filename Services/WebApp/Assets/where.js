/** Where a person was and met others: a map and a time line side by side. */
import { fill, h } from "./dom.js";
import { fullName, moment } from "./format.js";
import { LateMap } from "./late-map.js";
import { load } from "./states.js";
import { strings } from "./strings.js";
import { TimeLine } from "./timeline.js";
import { trailOf } from "./trails.js";

const text = strings.where;

export class Where {
  /**
   * @param {Object} person whose trail is shown
   * @param {() => Object} window answers `from` and `to`
   * @param {Object} context `services`, `settings` and `signal` of the page
   */
  constructor(person, window, { services, settings, signal }) {
    Object.assign(this, { person, window, services, signal });
    this.locations = [];
    this.meetings = [];
    // Whether the trail was read, is being read again, and has to be read again.
    this.isLoaded = this.isExtending = this.isOld = false;
    this.mapElement = h("div", { class: "map" });
    this.map = new LateMap(this.mapElement, settings, signal);
    this.note = h("p", { class: "quiet", role: "status" });
    this.timeLine = new TimeLine((time) => this.map.showMoment(time), signal, (encounter) => this.pick?.(encounter));
    this.timeLine.element.hidden = true;
    this.element = h("section", { class: "sticky", "aria-labelledby": "map" }, h("h2", { id: "map", text: text.map }), this.mapElement, this.timeLine.element, this.note, this.legend());
  }

  legend() {
    const entry = (name, label) => h("li", {}, h("span", { class: `dot ${name}`, "aria-hidden": "true" }), label);
    this.otherEntry = entry("other", text.other);
    this.otherEntry.hidden = true;
    return h("ul", { class: "legend" }, entry("own", text.own), this.otherEntry, entry("place", text.meetings));
  }

  /** Loads the map and the trail when they come into view. */
  async load(signal) {
    await load(this.note, 1, signal, async () => {
      await this.map.start();
      this.isOld = false;
      this.locations = await this.trail(this.person, signal);
      this.isLoaded = true;
      this.showTrails();
      return this.trailNote();
    });
    // Locations have arrived since the question.
    if (this.isOld) await this.extend(signal);
  }

  /** The time of the last known location. */
  get lastTime() {
    const last = this.locations.at(-1);
    return last ? moment(last.creation_time) : 0;
  }

  /** Fetches the trail again: late locations may belong anywhere in it. One request runs at a time, and one waits. */
  async extend(signal) {
    this.isOld = true;
    if (!this.isLoaded || this.isExtending) return;
    this.isExtending = true;
    while (this.isOld) {
      this.isOld = false;
      const locations = await this.trail(this.person, signal).catch(() => undefined);
      if (!locations || signal.aborted) break;
      this.locations = locations;
      this.showTrails();
      fill(this.note, this.trailNote());
    }
    this.isExtending = false;
  }

  async trail(person, signal) {
    return (await this.services.get(`/api/persons/${person.id}/locations`, this.window(), signal)).value;
  }

  trailNote() {
    return h("span", { text: this.locations.length ? text.trail(this.locations.length) : text.noTrail });
  }

  showTrails() {
    const own = trailOf(this.locations, moment);
    this.timeLine.show(own.times, this.meetings);
    const trails = [{ trail: own, colour: "--own" }];
    if (this.other) trails.push({ trail: this.other.trail, colour: "--other" });
    this.map.showTrails(trails);
  }

  /** Shows the trail of another person as well; removes it if `person` is undefined. */
  async showOther(person) {
    if (this.otherPerson?.id === person?.id) return;
    this.otherPerson = person;
    this.other = undefined;
    if (person) {
      await this.map.start();
      const locations = await this.trail(person, this.signal).catch(() => undefined);
      if (this.otherPerson !== person) return;
      if (locations) this.other = { person, trail: trailOf(locations, moment) };
    }
    this.otherEntry.hidden = !this.other;
    if (this.other) this.otherEntry.lastChild.textContent = fullName(person);
    this.showTrails();
  }

  /** Shows meetings; `pick` is called with the one that is clicked. */
  showMeetings(meetings, pick) {
    Object.assign(this, { meetings, pick });
    this.map.showPlaces(meetings, pick);
    this.timeLine.show(this.timeLine.times, meetings);
  }

  /** Marks a meeting and goes to its place and its beginning; shows the trail of `person`. */
  select(encounter, person) {
    this.timeLine.select(encounter);
    this.map.select(encounter);
    this.showOther(person);
  }

  /** Scrolls to the map. */
  reveal() {
    this.mapElement.scrollIntoView({ block: "center" });
  }
}
