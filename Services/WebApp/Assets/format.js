/** Formats times, durations and distances for people, and times for the API. */
import { strings } from "./strings.js";

/** The current formats; see `setFormats`. */
let formats = made("en-GB", undefined);

function made(locale, timeZone) {
  const dates = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  return {
    locale,
    timeZone,
    time: dates({ hour: "2-digit", minute: "2-digit" }),
    timeWithSeconds: dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    day: dates({ weekday: "short", day: "numeric", month: "short", year: "numeric" }),
    shortDay: dates({ weekday: "short", day: "numeric", month: "short" }),
    calendarDay: new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric" }),
    zone: dates({ timeZoneName: "shortGeneric" }),
    // Local time as numbers, in the calendar of the API.
    fields: new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
    tenths: new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    percent: new Intl.NumberFormat(locale, { style: "percent" }),
    compact: new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }),
  };
}

/**
 * Selects the locale and the time zone of everything that is formatted from now on.
 *
 * @param {{locale?: string, timeZone?: string}} changes a missing member stays as it is; an empty time zone is that of the device
 */
export function setFormats({ locale = formats.locale, timeZone = formats.timeZone ?? "" }) {
  try {
    formats = made(locale, timeZone || undefined);
  } catch {
    // This browser does not know the zone.
    formats = made(locale, undefined);
  }
}

/** Parses a time of the API, ISO 8601 with UTC as the default zone, into milliseconds. */
export function moment(text) {
  return Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : text + "Z");
}

/** A time in the format of the API. */
export function isoTime(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, "Z");
}

/** The milliseconds by which local time is ahead of UTC at a moment. */
export function zoneOffset(milliseconds) {
  const { year, month, day, hour, minute, second } = Object.fromEntries(formats.fields.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(milliseconds / 1_000) * 1_000;
}

/** A time in the format of `<input type="datetime-local">`. */
export function localInputTime(milliseconds) {
  return new Date(milliseconds + zoneOffset(milliseconds)).toISOString().slice(0, 16);
}

/** The moment of a local time in the format of `<input type="datetime-local">`. */
export function momentOfLocal(text) {
  const asUTC = Date.parse(`${text}Z`);
  // The second step is for times beside a change of the clocks.
  return asUTC - zoneOffset(asUTC - zoneOffset(asUTC));
}

export const clock = (milliseconds) => formats.time.format(milliseconds);
export const clockWithSeconds = (milliseconds) => formats.timeWithSeconds.format(milliseconds);
export const date = (milliseconds) => formats.day.format(milliseconds);
export const shortDate = (milliseconds) => formats.shortDay.format(milliseconds);
/** A day of the calendar, YYYY-MM-DD, the same in every time zone. */
export const calendarDate = (day) => formats.calendarDay.format(Date.parse(day));
/** The name of the time zone, such as “Los Angeles Time”. */
export const zoneName = (milliseconds) => formats.zone.formatToParts(milliseconds).find(({ type }) => type === "timeZoneName")?.value ?? "";

/** The minute of the day, in the time zone of `clock`. */
export function minuteOfDay(milliseconds) {
  const local = milliseconds + zoneOffset(milliseconds);
  return Math.floor((local % 86_400_000) / 60_000);
}

/** An interval: the day once, and the end only if it differs. */
export function timeRange(start, end) {
  const first = `${date(start)}, ${clock(start)}`;
  if (clock(start) === clock(end) && date(start) === date(end)) return first;
  return date(start) === date(end) ? `${first}–${clock(end)}` : `${first} – ${date(end)}, ${clock(end)}`;
}

/** A duration. */
export function duration(seconds) {
  if (seconds < 1) return strings.units.moment;
  if (seconds < 60) return strings.units.seconds(whole(seconds));
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? strings.units.minutes(whole(minutes)) : strings.units.hours(whole(Math.floor(minutes / 60)), whole(minutes % 60));
}

/** A distance. */
export function metres(distance) {
  if (distance < 10) return strings.units.metres(formats.tenths.format(distance));
  return distance < 1_000 ? strings.units.metres(whole(distance)) : strings.units.kilometres(formats.tenths.format(distance / 1_000));
}

/** A distance without decimals that say nothing. */
export const roundMetres = (distance) => metres(distance).replace(/[.,]0\b/, "");

/** A probability in percent; never 0 or 100, which would claim to be certain. */
export function percent(probability) {
  if (probability > 0.99) return strings.units.over(share(0.99));
  return probability < 0.01 ? strings.units.under(share(0.01)) : share(probability);
}

/** A share in percent. */
export const share = (number) => formats.percent.format(number).replace(/[ \u00a0]?%/, "\u00a0%");
/** A whole number. */
export const whole = (number) => formats.whole.format(number);
/** A large number in short form. */
export const compact = (number) => formats.compact.format(number);

export const fullName = (person) => `${person.first_name} ${person.last_name}`.trim() || strings.person.number(person.id);

/** The facts about a meeting: duration, distance, probability. */
export function factsOf({ together, distance, distance_deviation, probability }) {
  return [strings.person.together(duration(together)), strings.person.apart(metres(distance), metres(distance_deviation)), strings.person.sure(percent(probability))].join(" · ");
}
