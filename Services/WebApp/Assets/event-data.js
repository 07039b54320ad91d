/** The figures of an event for one local day, from the statistics of one or two days in UTC. */
import { moment, zoneOffset } from "./format.js";

const day = 86_400_000;
/** The width of a bin of the statistics, in milliseconds. */
export const binWidth = 900_000;

/** The local day of a moment as YYYY-MM-DD. */
export const localDay = (time) => new Date(time + zoneOffset(time)).toISOString().slice(0, 10);
const utcDay = (time) => new Date(time).toISOString().slice(0, 10);

/** The local days of an event: `{ name, opens, closes }`, the first opening and the last closing in milliseconds. */
export function daysOf(event) {
  const days = new Map();
  for (const { opens, closes } of event.opening_hours) {
    const [start, end] = [moment(opens), moment(closes)];
    for (let time = start; time < end; ) {
      const midnight = Math.floor((time + zoneOffset(time)) / day + 1) * day - zoneOffset(time);
      const known = days.get(localDay(time));
      const part = { name: localDay(time), opens: time, closes: Math.min(end, midnight) };
      days.set(part.name, known ? { ...part, opens: Math.min(known.opens, part.opens), closes: Math.max(known.closes, part.closes) } : part);
      time = midnight;
    }
  }
  return [...days.values()].sort((one, other) => one.opens - other.opens);
}

/** The people in each zone over a day, and how they moved. */
export class DayFigures {
  /** @param {Array<Object>} zones the features of the plan */
  constructor(zones) {
    /** The number of persons by zone, then by the start of the bin. */
    this.people = new Map();
    this.visitors = new Map();
    this.names = new Map(zones.map(({ id, properties }) => [id, properties.name]));
    this.roots = zones.filter(({ properties }) => !properties.parent).map(({ id }) => id);
    this.buildings = new Set(zones.filter(({ properties }) => properties.kind === "building").map(({ id }) => id));
  }

  /** Adds the occupancy of a day in UTC. */
  add(rows, dayInUTC) {
    const midnight = Date.parse(dayInUTC);
    for (const { zone, persons, visitors } of rows) {
      const series = this.people.get(zone.id) ?? new Map();
      persons.forEach((number, bin) => number && series.set(midnight + bin * binWidth, number));
      this.people.set(zone.id, series);
      this.visitors.set(zone.id, Math.max(visitors ?? 0, this.visitors.get(zone.id) ?? 0));
    }
  }

  /** Leaves out the bins outside of an interval. */
  cut(from, to) {
    for (const series of this.people.values()) for (const bin of series.keys()) if (bin < from || bin >= to) series.delete(bin);
  }

  /** The number of persons by zone at a moment. */
  at(time) {
    const bin = Math.floor(time / binWidth) * binWidth;
    return new Map([...this.people].flatMap(([zone, series]) => (series.get(bin) ? [[zone, series.get(bin)]] : [])));
  }

  /** The number of persons in the zones that no zone contains: `[[start, number]]`. */
  get total() {
    const sums = new Map();
    for (const root of this.roots) for (const [bin, number] of this.people.get(root) ?? []) sums.set(bin, (sums.get(bin) ?? 0) + number);
    return [...sums].sort(([one], [other]) => one - other);
  }

  /** The largest number of persons in a room in any bin. */
  get most() {
    return Math.max(5, ...[...this.people].filter(([zone]) => !this.buildings.has(zone)).flatMap(([, series]) => [...series.values()]));
  }

  /** The rooms with a number, the fullest first: `[zone, number]`. */
  rooms(people) {
    return [...people].filter(([zone]) => !this.buildings.has(zone)).sort(([one, few], [other, many]) => many - few || one - other);
  }
}

/** Requests the figures of an event for a local day. */
export async function figuresOf({ opens, closes }, event, zones, services, signal) {
  const ask = async (name, dayInUTC) => (await services.get(`/api/events/${event.id}/${name}`, { day: dayInUTC }, signal)).value;
  const days = [...new Set([utcDay(opens), utcDay(closes - 1)])];
  // Durations of two days cannot be joined: those of the day that has most of the opening hours are shown.
  const main = utcDay((opens + closes) / 2);
  const [occupancies, sessions, dwell, flows] = await Promise.all([
    Promise.all(days.map((name) => ask("occupancy", name))),
    Promise.all(days.map((name) => ask("sessions", name))),
    ask("dwell", main),
    ask("flows", main),
  ]);
  const figures = new DayFigures(zones);
  days.forEach((name, index) => figures.add(occupancies[index], name));
  figures.cut(opens - 4 * binWidth, closes + 4 * binWidth);
  const isOfDay = ({ start }) => moment(start) >= opens - 4 * binWidth && moment(start) < closes;
  return Object.assign(figures, { sessions: sessions.flat().filter(isOfDay), dwell, flows });
}
