/** The nudges of the reader, as they change. */
import { avatar } from "./avatar.js";
import { bdi, fill, h } from "./dom.js";
import { calendarDate, fullName, roundMetres } from "./format.js";
import { follow } from "./live.js";
import { strings } from "./strings.js";

const text = strings.nudges;

/**
 * A region that tells who is near as long as it holds; empty without consent, and while the services are unreachable.
 *
 * @param {Object} page my day
 */
export function nudgeRegion({ services, signal, address }) {
  const region = h("div", { role: "status", class: "nudges" });
  const clear = () => fill(region);
  const entry = ({ person, about_metres, last_met }) =>
    h(
      "p",
      { class: "nudge" },
      avatar(person),
      h("span", {}, bdi(fullName(person)), " ", text.near(roundMetres(about_metres), calendarDate(last_met))),
      h("a", { class: "button", href: address(person.id), "aria-label": text.openPerson(fullName(person)), text: text.open }),
    );
  follow(
    (last) => services.url("/api/me/nudges/stream", { last_event_id: last }),
    { nudges: ({ nudges }) => fill(region, nudges.map(entry)) },
    // The state is sent again by a new stream only if it has changed.
    (isLive) => (region.hidden = !isLive),
    clear,
    signal,
  );
  return region;
}
