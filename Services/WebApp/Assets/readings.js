/** Who looked at the person's data. */
import { h } from "./dom.js";
import { clock, date, moment, whole } from "./format.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.readings;
/** Maximum number of rows. */
const most = 100;

export function readings({ services, signal }) {
  const list = h("div", {});
  load(list, 3, signal, async () => {
    const { value } = await services.get("/api/me/audit", { limit: most }, signal);
    if (value.length === 0) return h("p", { text: text.none });
    const row = ({ time, role, operation, purpose, count }) =>
      h("tr", {}, [`${date(moment(time))}, ${clock(moment(time))}`, text.roles[role] ?? role ?? "", operation, purpose ?? "", count === undefined ? "" : whole(count)].map((cell) => h("td", { text: cell })));
    return h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": text.title },
      h("table", {}, h("thead", {}, h("tr", {}, text.heads.map((head) => h("th", { scope: "col", text: head })))), h("tbody", {}, value.map(row))),
    );
  });
  return list;
}
