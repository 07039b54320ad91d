/** People and meetings as files: those that the service writes, and a calendar. */
import { h, save } from "./dom.js";
import { fullName, isoTime, moment } from "./format.js";
import { factsOf } from "./meetings.js";
import { strings } from "./strings.js";

const text = strings.exports;

/**
 * Buttons that save the filtered rows.
 *
 * @param {string} view `people` or `meetings`
 * @param {Object} page whose `person`, `question`, `path`, `services` and `signal` are used
 */
export function exportMenu(view, page) {
  const { person, services, signal } = page;
  const status = h("p", { class: "quiet", role: "status" });
  const file = (path, type) => () => services.getFile(page.path(path), page.question, type, signal);
  const makers = {
    people: [
      [text.csv, "csv", file("people", "text/csv")],
      [text.vcard, "vcf", file("people", "text/vcard")],
    ],
    meetings: [
      [text.csv, "csv", file("encounters", "text/csv")],
      [text.geojson, "geojson", file("encounters", "application/geo+json")],
      [text.ics, "ics", async () => calendar(person, (await services.list(page.path("encounters"), page.question, Infinity, signal)).rows)],
    ],
  };
  const button = ([label, extension, make]) => {
    const run = async () => {
      status.textContent = text.preparing(label);
      try {
        save(`${view}-${person.id}.${extension}`, await make());
        status.textContent = "";
      } catch (error) {
        status.textContent = error.message || strings.unreachable;
      }
    };
    return h("button", { type: "button", class: "plain", text: label, onclick: run });
  };
  return h("div", { class: "exports", role: "group", "aria-label": text.title }, h("span", { class: "quiet", text: text.title }), makers[view].map(button), status);
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
        `DTEND:${stamp(Math.max(moment(encounter.end), start + 1_000))}`,
        `SUMMARY:${escape(`Met ${fullName(encounter.person)} (${encounter.person.company_name})`)}`,
        `DESCRIPTION:${escape(factsOf(encounter))}`,
        `GEO:${encounter.place.latitude};${encounter.place.longitude}`,
        "END:VEVENT",
      ];
    }),
    "END:VCALENDAR",
  ]);
  return new Blob([content], { type: "text/calendar" });
}
