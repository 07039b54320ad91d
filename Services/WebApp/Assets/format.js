/** Formats times, durations and distances for people, and times for the API. */

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const timeWithSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

/** Parses a time of the API, ISO 8601 with UTC as the default zone, into milliseconds. */
export function moment(text) {
  return Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : text + "Z");
}

/** A time in the format of the API. */
export function isoTime(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, "Z");
}

/** A time in the format of `<input type="datetime-local">`, in the time zone of this device. */
export function localInputTime(milliseconds) {
  const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export const clock = (milliseconds) => time.format(milliseconds);
export const clockWithSeconds = (milliseconds) => timeWithSeconds.format(milliseconds);
export const date = (milliseconds) => day.format(milliseconds);

/** An interval: the day once, and the end only if it differs. */
export function timeRange(start, end) {
  const first = `${date(start)}, ${clock(start)}`;
  if (clock(start) === clock(end) && date(start) === date(end)) return first;
  return date(start) === date(end) ? `${first}–${clock(end)}` : `${first} – ${date(end)}, ${clock(end)}`;
}

/** A duration. */
export function duration(seconds) {
  if (seconds < 1) return "a moment";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A distance. */
export function metres(distance) {
  if (distance < 10) return `${distance.toFixed(1)} m`;
  return distance < 1_000 ? `${Math.round(distance)} m` : `${(distance / 1_000).toFixed(1)} km`;
}

/** A probability in percent; never 0 or 100, which would claim to be certain. */
export function percent(probability) {
  if (probability > 0.99) return "over 99\u00a0%";
  return probability < 0.01 ? "under 1\u00a0%" : `${Math.round(probability * 100)}\u00a0%`;
}

export const fullName = (person) => `${person.first_name} ${person.last_name}`.trim() || `No. ${person.id}`;

/** A large number in short form. */
export function compact(number) {
  return Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(number);
}
