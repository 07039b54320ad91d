/** The people of a day in honest groups, and the search among them. */
import { fullName, minuteOfDay, moment } from "./format.js";
import { likely, longEnough } from "./talk.js";

/**
 * Groups people: each one is in the closest group that the evidence supports.
 *
 * @param {{talked: Array<Object>, nearby: Array<Object>, passed: Array<Object>}} answers rows of `people` for each distance
 * @param {Array<Object>} meetings the meetings behind `nearby`, with times and zones
 * @param {string} company the person's own company, whose people form a group of their own
 * @param {import("./notes.js").Notes} notes the private notes; people who were not met, as they say, are in `dismissed`
 * @returns {Object<string, Array<Object>>} entries of `talked`, `attended`, `nearby`, `passed`, `colleagues` and `dismissed`
 */
export function groupsOf(answers, meetings, company, notes) {
  const groups = { talked: [], attended: [], nearby: [], passed: [], colleagues: [], dismissed: [] };
  const taken = new Set();
  const behind = Map.groupBy(meetings, (meeting) => meeting.person.id);
  for (const kind of ["talked", "nearby", "passed"]) {
    for (const row of answers[kind] ?? []) {
      const isLong = row.together >= longEnough && row.probability >= likely;
      if (taken.has(row.person.id) || (kind !== "passed" && !isLong)) continue;
      taken.add(row.person.id);
      const entry = entryOf(row, kind, behind.get(row.person.id) ?? [], notes.of(row.person.id));
      groups[groupOf(entry, company)].push(entry);
    }
  }
  return groups;
}

/** Two people who were close only in sessions sat next to each other; that is no talk. */
function groupOf({ person, kind, meetings, sessions, note }, company) {
  if (note.not_met) return "dismissed";
  if (company && person.company_name === company) return "colleagues";
  const outside = meetings.filter((meeting) => !meeting.sessions).reduce((sum, { together }) => sum + together, 0);
  return kind === "talked" && sessions.length && outside < longEnough ? "attended" : kind;
}

function entryOf(row, kind, meetings, note) {
  const times = meetings.map(({ start, end }) => [moment(start), moment(end)]);
  if (times.length === 0 && row.first_encounter) times.push([moment(row.first_encounter), moment(row.last_encounter)]);
  const { places, sessions } = whereOf(meetings);
  const words = plain([fullName(row.person), row.person.company_name, ...places, ...sessions, note.text].join(" "));
  return { person: row.person, row, kind, meetings, times, places, sessions, note, words };
}

/** The names of the places and sessions of meetings. */
export function whereOf(meetings) {
  const names = (list, name) => [...new Set(meetings.flatMap((meeting) => (meeting[list] ?? []).map((item) => item[name])))];
  return { places: names("zones", "name"), sessions: names("sessions", "title") };
}

/** The ways to sort a group. */
export const orders = {
  time: (one, other) => other.row.together - one.row.together,
  latest: (one, other) => lastOf(other) - lastOf(one),
  name: (one, other) => fullName(one.person).localeCompare(fullName(other.person)),
};

export const lastOf = ({ times }) => Math.max(0, ...times.map(([, end]) => end));

/** Lower case without accents, so that "oyku" finds "Öykü". */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Parts of the day, in minutes. */
const parts = { morning: [0, 720], lunch: [720, 810], noon: [705, 735], afternoon: [720, 1080], evening: [1080, 1440] };
/** Words that say nothing. */
const fillers = new Set(["a", "an", "and", "at", "by", "from", "in", "near", "of", "on", "someone", "the", "with", "who"]);

/**
 * Reads a search such as "USDA before lunch" or "Kenji around 3pm by the café".
 *
 * @returns {{words: Array<string>, window: Array<number>|undefined}} words that all have to occur, and minutes of the day
 */
export function searchOf(text) {
  let window;
  const take = (next) => {
    window = window ? [Math.max(window[0], next[0]), Math.min(window[1], next[1])] : next;
    return " ";
  };
  const clock = "(\\d{1,2})(?:[:.](\\d\\d))?\\s?(am|pm|h)?";
  const minutes = (hour, minute, half) => (Number(hour) % (half === "am" || half === "pm" ? 12 : 24)) * 60 + Number(minute ?? 0) + (half === "pm" ? 720 : 0);
  const names = Object.keys(parts).join("|");
  const rest = plain(text)
    .replace(new RegExp(`\\b(before|after)\\s+(?:the\\s+)?(${names})\\b`, "g"), (_, side, name) => take(side === "before" ? [0, parts[name][0]] : [parts[name][1], 1440]))
    .replace(new RegExp(`\\b(?:(?:in|at|over|during)\\s+)?(?:the\\s+)?(${names})\\b`, "g"), (_, name) => take(parts[name]))
    .replace(new RegExp(`\\b(before|after|until|since)\\s+${clock}\\b`, "g"), (_, side, hour, minute, half) => {
      const time = minutes(hour, minute, half);
      return take(side === "before" || side === "until" ? [0, time] : [time, 1440]);
    })
    .replace(new RegExp(`\\b(?:at|around|about)\\s+${clock}\\b`, "g"), (_, hour, minute, half) => {
      const time = minutes(hour, minute, half);
      return take([time - 30, time + 30]);
    });
  return { words: rest.split(/[\s,;]+/).filter((word) => word && !fillers.has(word)), window };
}

/** Whether an entry has all words of a search, and a meeting within its time. */
export function matches(entry, { words, window }) {
  if (!words.every((word) => entry.words.includes(word))) return false;
  return !window || entry.times.some(([start, end]) => minuteOfDay(start) < window[1] && minuteOfDay(end) > window[0]);
}
