/** The daily reports of an event, for organisers and operators. */
import { h, save } from "./dom.js";
import { calendarDate } from "./format.js";
import { strings } from "./strings.js";

const text = strings.event;
/** The number of reports in the list, the newest ones. */
const listed = 31;

/** A list of the reports, or `undefined` without reports or the right to read them. */
export async function reportList(event, { services, session, signal }) {
  const roles = session.me?.roles ?? (session.isRequired ? [] : ["legacy"]);
  if (!["organiser", "operator", "legacy"].some((role) => roles.includes(role))) return undefined;
  const path = `/api/events/${event.id}/reports`;
  const { rows } = await services.list(path, {}, listed, signal);
  if (rows.length === 0) return undefined;
  const status = h("p", { class: "quiet", role: "status", text: text.reportsHint });
  const row = ({ day }) => {
    const name = calendarDate(day);
    const saveTable = async () => {
      try {
        save(`report-${event.id}-${day}.csv`, await services.getFile(`${path}/${day}`, {}, "text/csv", signal));
        status.textContent = text.reportsHint;
      } catch (error) {
        status.textContent = error.message || strings.unreachable;
      }
    };
    return h(
      "li",
      {},
      h("a", { href: services.url(`${path}/${day}`), target: "_blank", rel: "noopener", text: name }),
      h("button", { type: "button", class: "plain", "aria-label": text.reportTable(name), text: strings.exports.csv, onclick: saveTable }),
    );
  };
  return h("section", { class: "reports", "aria-labelledby": "reports" }, h("h2", { id: "reports", text: text.reports }), status, h("ul", {}, rows.map(row)));
}
