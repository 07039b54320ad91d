/** Starts the pages. */
import { Services } from "./api.js";
import { fill, h } from "./dom.js";
import { configuration } from "./early.js";
import { clockChoice, useEventTime } from "./events.js";
import { clock, date } from "./format.js";
import { languageChoice, useLanguage } from "./language.js";
import { latePage } from "./modules.js";
import { keepOffline } from "./offline.js";
import { Router } from "./router.js";
import { Session } from "./session.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

/** Shows a banner while the device is offline or the services are unreachable. */
function showReachability(services) {
  const banner = document.getElementById("banner");
  // Browsers report that a device is offline although it reaches this machine, so only an answer that is missing counts.
  let hasLost = false;
  const update = ({ type } = {}) => {
    if (type === "online" || type === "offline") hasLost = type === "offline";
    if (services.storedAt) banner.textContent = strings.offlineAsOf(`${date(services.storedAt)}, ${clock(services.storedAt)}`);
    else banner.textContent = navigator.onLine ? strings.connectionLost : strings.offline;
    banner.hidden = !hasLost && services.isReachable;
  };
  addEventListener("online", update);
  addEventListener("offline", update);
  services.addEventListener("reachability", update);
  update();
}

/** Says in the header that everyone is let in. */
function showOpenness() {
  document.querySelector("header.bar").append(h("a", { class: "mode", href: "/me", title: strings.open.meaning, text: strings.open.title }));
}

const main = document.getElementById("main");
await load(main, 6, new AbortController().signal, async () => {
  const services = new Services(configuration.api);
  showReachability(services);
  const session = new Session(services);
  await Promise.all([useLanguage(), useEventTime(services), session.load()]);
  fill(document.getElementById("choices"), languageChoice(), clockChoice());
  if (session.isOpen) showOpenness();
  const late = (file, page) => latePage(() => import(file), page, { services, settings: configuration, session });
  const router = new Router(main, [
    [/^\/$/, late("./day.js", "dayPage")],
    [/^\/me\/?$/, late("./me.js", "mePage")],
    [/^\/phone\/?$/, late("./phone.js", "phonePage")],
    [/^\/sign-in\/?$/, late("./sign-in.js", "signInPage")],
    [/^\/people\/?$/, late("./people.js", "peoplePage")],
    [/^\/people\/(\d+)\/?$/, late("./person.js", "personPage")],
    [/^\/event\/?$/, late("./event.js", "eventPage")],
    [/^\/licences\/?$/, ({ main, router }) => licencesPage(main, router)],
  ]);
  session.addEventListener("change", () => router.show(true, true));
  await router.show(false);
  keepOffline();
  return [...main.childNodes];
});

function licencesPage(main, router) {
  router.title(strings.licences.title);
  fill(main, h("h1", { text: strings.licences.title }), h("p", { text: strings.licences.leaflet }));
}
