/** Meetings as files: what the service writes, and what address books and calendars read. */
import { fullName, duration, isoTime, metres, moment } from "./format.js";

/** Gives the reader a file. */
export function save(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Escapes text as RFC 6350 and RFC 5545 both do. */
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

/** A card a person whom one met (vCard 4.0, RFC 6350), with the most significant meeting as a note. */
export function vCards(encounters) {
  const met = new Map();
  for (const encounter of encounters) if (!met.has(encounter.person.id)) met.set(encounter.person.id, encounter);
  return lines(
    [...met.values()].flatMap(({ person, ...encounter }) => [
      "BEGIN:VCARD",
      "VERSION:4.0",
      `UID:urn:udaconnect:person:${person.id}`,
      `FN:${escape(fullName(person))}`,
      `N:${escape(person.last_name)};${escape(person.first_name)};;;`,
      `ORG:${escape(person.company_name)}`,
      `NOTE:${escape(`Met on ${isoTime(moment(encounter.start))} for ${duration(encounter.duration)}.`)}`,
      "END:VCARD",
    ]),
  );
}

/** An event a meeting (iCalendar, RFC 5545). */
export function calendar(owner, encounters) {
  const now = stamp(Date.now());
  return lines([
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
        `DESCRIPTION:${escape(`${duration(encounter.duration)}, ${metres(encounter.closest_distance)} at the closest`)}`,
        `GEO:${encounter.place.latitude};${encounter.place.longitude}`,
        "END:VEVENT",
      ];
    }),
    "END:VCALENDAR",
  ]);
}
