/** People and meetings as files: those that the services write, and a calendar. */
import { h, save } from "./dom.js";
import { factsOf, fullName, isoTime, moment } from "./format.js";
import { strings } from "./strings.js";
import { distances, longEnough } from "./talk.js";

const text = strings.exports;

/**
 * Buttons that save files.
 *
 * @param {string} name the files' name without its extension
 * @param {Array<[string, string, () => Promise<Blob>]>} makers the label, the extension and the content of each file
 * @param {string} hint what the files contain
 */
function menu(name, makers, hint) {
  const status = h("p", { class: "quiet", role: "status", text: hint });
  const button = ([label, extension, make]) => {
    const run = async () => {
      status.textContent = text.preparing(label);
      try {
        save(`${name}.${extension}`, await make());
        status.textContent = hint;
      } catch (error) {
        status.textContent = error.message || strings.unreachable;
      }
    };
    return h("button", { type: "button", class: "plain", text: label, onclick: run });
  };
  return h("div", { class: "exports", role: "group", "aria-label": text.title }, h("span", { class: "quiet", text: text.title }), makers.map(button), status);
}

/**
 * Buttons that save the filtered rows.
 *
 * @param {string} view `people` or `meetings`
 * @param {Object} page whose `person`, `question`, `path`, `services` and `signal` are used
 */
export function exportMenu(view, page) {
  const { person, services, signal } = page;
  const file = (path, type) => () => services.getFile(page.path(path), page.question, type, signal);
  const makers = {
    people: [
      [text.csv, "csv", file("people", "text/csv")],
      contactFile(page),
    ],
    meetings: [
      [text.csv, "csv", file("encounters", "text/csv")],
      [text.geojson, "geojson", file("encounters", "application/geo+json")],
      [text.ics, "ics", async () => calendar(person, await talks(page, page.question))],
    ],
  };
  return menu(`${view}-${person.id}`, makers[view], view === "people" ? text.contactsHint : text.icsHint);
}

/** Buttons that save the contacts of a day, and its talks as a calendar. */
export function dayExports(page) {
  const calendarFile = async () => {
    const people = new Set(page.groups.talked.map(({ person }) => person.id));
    const meetings = await talks(page, { distance: distances.talked });
    return calendar(page.person, meetings.filter(({ person }) => people.has(person.id)));
  };
  return menu(`day-${page.person.id}`, [contactFile(page), [text.ics, "ics", calendarFile]], `${text.contactsHint} ${text.icsHint}`);
}

/** The people who agreed to share their contact details. */
function contactFile({ person, services, signal }) {
  const make = async () => {
    const file = await services.getFile(`/api/persons/${person.id}/contacts`, {}, "text/vcard", signal);
    if (file.size === 0) throw new Error(text.noContacts);
    return file;
  };
  return [text.vcard, "vcf", make];
}

/** The meetings of a question that are long enough for a talk. */
async function talks({ person, services, signal }, question) {
  const least = Math.max(longEnough, Number(question.least ?? 0));
  return (await services.list(`/api/persons/${person.id}/encounters`, { ...question, least }, Infinity, signal)).rows;
}

/** Escapes text (RFC 5545, section 3.3.11). */
const escape = (text) => text.replace(/\\/g, "\\\\").replace(/\r\n?|\n/g, "\\n").replace(/[,;]/g, "\\$&");

/** Lines end with CR LF and are folded after 75 bytes, between characters. */
function lines(content) {
  const folded = content.flatMap((line) => {
    const parts = [];
    let part = "";
    let bytes = 0;
    for (const character of line) {
      const size = new TextEncoder().encode(character).length;
      if (bytes + size > 75) {
        parts.push(part);
        part = " ";
        bytes = 1;
      }
      part += character;
      bytes += size;
    }
    return [...parts, part];
  });
  return folded.join("\r\n") + "\r\n";
}

const stamp = (milliseconds) => isoTime(milliseconds).replace(/[-:]|\.\d+/g, "");

/** One event for each meeting (iCalendar, RFC 5545). */
function calendar(owner, encounters) {
  const now = stamp(Date.now());
  const content = lines([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//UdaConnect//Meetings//EN",
    ...encounters.flatMap((encounter) => {
      const start = moment(encounter.start);
      return [
        "BEGIN:VEVENT",
        `UID:${owner.id}-${encounter.person.id}-${stamp(start)}@udaconnect`,
        `DTSTAMP:${now}`,
        `DTSTART:${stamp(start)}`,
        `DTEND:${stamp(moment(encounter.end))}`,
        `SUMMARY:${escape(text.met(fullName(encounter.person), encounter.person.company_name))}`,
        `DESCRIPTION:${escape(factsOf(encounter))}`,
        `GEO:${encounter.place.latitude};${encounter.place.longitude}`,
        "END:VEVENT",
      ];
    }),
    "END:VCALENDAR",
  ]);
  return new Blob([content], { type: "text/calendar" });
}
