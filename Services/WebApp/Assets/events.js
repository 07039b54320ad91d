/** The events, and the clock of the one that the pages are about. */
import { h } from "./dom.js";
import { moment, setFormats, zoneName } from "./format.js";
import { stored, store } from "./storage.js";
import { strings } from "./strings.js";

let asked;

/** All events that have opening hours, the first opening and the last closing in milliseconds; requested once. */
export function listEvents(services) {
  asked ??= services
    .get("/api/events")
    .then(({ value }) =>
      value
        .filter((event) => event.opening_hours.length)
        .map((event) => ({
          ...event,
          opens: Math.min(...event.opening_hours.map(({ opens }) => moment(opens))),
          closes: Math.max(...event.opening_hours.map(({ closes }) => moment(closes))),
        })),
    )
    .catch((error) => {
      asked = undefined;
      throw error;
    });
  return asked;
}

/** The event that takes place now; else the last one that took place, else the next one. */
export function eventAt(time, events) {
  const distance = ({ opens, closes }) => (time < opens ? 1e15 + opens - time : Math.max(0, time - closes));
  return events.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** Sets the clock to the event's time zone, unless the reader prefers that of the device. */
export async function useEventTime(services) {
  if (stored("clock") === "device") return;
  const known = stored("time-zone");
  if (known) setFormats({ timeZone: known });
  const update = async () => {
    const zone = eventAt(Date.now(), await listEvents(services))?.time_zone;
    store("time-zone", zone);
    if (zone) setFormats({ timeZone: zone });
  };
  const updated = update().catch(() => {});
  // The zone of the last visit is nearly always right.
  if (!known) await updated;
}

/** A control that selects the clock. */
export function clockChoice() {
  const isDevice = stored("clock") === "device";
  const select = h(
    "select",
    { onchange: () => (store("clock", select.value || undefined), location.reload()) },
    h("option", { value: "", text: isDevice || !stored("time-zone") ? strings.frame.eventTime : zoneName(Date.now()) }),
    h("option", { value: "device", text: strings.frame.deviceTime }),
  );
  select.value = isDevice ? "device" : "";
  return h("label", { class: "choice" }, strings.frame.clock, " ", select);
}
