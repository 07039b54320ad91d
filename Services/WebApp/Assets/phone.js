/** Connect your phone: the person's phones with their state, and the links and QR codes that set up an app. */
import { fill, h } from "./dom.js";
import { clock, date, duration, metres, moment } from "./format.js";
import { explainRefusal } from "./login.js";
import { emptyState, load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.phone;
/** The apps for which the API makes links. */
const apps = ["owntracks", "overland", "traccar", "gpslogger", "osmand"];
/** How far before the last message the accuracy is looked for, in milliseconds. */
const lately = 10 * 60_000;

export async function phonePage(context) {
  const { main, signal, services, session, router } = context;
  router.title(text.title);
  const setup = h("section", { class: "box", "aria-labelledby": "connect" });
  // The code of a claim is after the # of a link, so that no server and no log gets it. It needs no session.
  const code = location.hash.slice(1);
  if (code) {
    history.replaceState(history.state, "", location.pathname);
    fill(main, h("div", { class: "narrow" }, h("h1", { text: text.title }), h("p", { class: "lead", text: text.lead }), setup));
    return form(setup, context, async (name) => instructions(setup, await services.post("/api/phones", { code, name }, signal)));
  }
  if (!session.personID) return router.go(session.isRequired ? "/sign-in?return=/phone" : "/", true);
  const path = `/api/persons/${session.personID}/devices`;
  const list = h("div", {});
  const show = () =>
    load(list, 3, signal, async () => {
      const { value } = await services.get(path, {}, signal);
      if (value.length === 0) return emptyState(text.none, text.noneHint);
      const accuracy = await Promise.all(value.map((device) => accuracyOf(device, session.personID, services, signal)));
      return h("ul", { class: "phones" }, value.map((device, index) => phone(device, accuracy[index], remove)));
    });
  const remove = async (device) => {
    await services.remove(`${path}/${encodeURIComponent(device.id)}`, {}, signal);
    await show();
  };
  fill(main, h("div", { class: "narrow" }, h("h1", { text: text.title }), h("p", { class: "lead", text: text.lead }), setup, h("h2", { text: text.yours }), list));
  form(setup, context, async (name) => {
    const made = await services.post(path, { name }, signal);
    instructions(setup, made);
    show();
  });
  await show();
}

/** The form that registers a phone. */
function form(setup, context, register) {
  const failure = h("p", { class: "bad", role: "alert" });
  const name = h("input", { id: "phone-name", maxlength: 255, autocomplete: "off", placeholder: text.example });
  const send = async (event) => {
    event.preventDefault();
    failure.textContent = "";
    button.disabled = true;
    try {
      await register(name.value.trim() || text.example);
    } catch (error) {
      await explainRefusal(failure, error, context);
    } finally {
      button.disabled = false;
    }
  };
  const button = h("button", { class: "primary", text: text.connect });
  fill(setup, h("h2", { id: "connect", text: text.connect }), h("form", { class: "stack", onsubmit: send }, h("p", {}, h("label", { for: "phone-name", text: text.name }), name), failure, h("p", { class: "actions" }, button)));
}

/** The links and QR codes of a phone that has just been registered. */
function instructions(setup, made) {
  const panel = h("div", { class: "app" });
  const tabs = apps.map((app) => h("button", { type: "button", text: text.apps[app].name, "aria-pressed": "false", onclick: () => choose(app) }));
  const choose = (app) => {
    tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(apps[index] === app)));
    const { url, qr, server, file } = made[app];
    fill(
      panel,
      h("p", { text: text.apps[app].steps }),
      qr && h("img", { class: "qr", src: qr, width: 240, height: 240, alt: text.qr(text.apps[app].name) }),
      h("p", { class: "actions" }, h("a", { class: "button", href: url, target: "_self", text: text.open(text.apps[app].name) }), file && h("a", { class: "button", href: file.url, download: file.name, text: text.file })),
      server && h("p", { class: "quiet" }, text.server, " ", h("code", { text: server })),
    );
  };
  fill(setup, h("h2", { id: "connect", tabindex: "-1", text: text.setUp(made.name) }), h("p", { class: "quiet", text: text.once }), h("div", { class: "app-tabs", role: "group", "aria-label": text.app }, tabs), panel);
  choose(apps[0]);
  setup.querySelector("h2").focus();
}

/** The median accuracy of the phone's last locations in metres, if it reported any. */
async function accuracyOf({ last_seen, number }, person, services, signal) {
  if (!last_seen) return undefined;
  const from = new Date(moment(last_seen) - lately).toISOString();
  const { value } = await services.get(`/api/persons/${person}/locations`, { from }, signal).catch(() => ({ value: [] }));
  const known = value.filter(({ device, accuracy }) => accuracy && device === number).map(({ accuracy }) => accuracy);
  return known.sort((one, other) => one - other)[Math.floor(known.length / 2)];
}

function phone(device, accuracy, remove) {
  const { name, last_seen, clock_offset, last_refusal } = device;
  const fact = (label, value, isBad) => value && h("div", {}, h("dt", { text: label }), h("dd", { class: isBad ? "bad" : "", text: value }));
  const when = (time) => `${date(moment(time))}, ${clock(moment(time))}`;
  const failure = h("span", { class: "bad", role: "alert" });
  const isOff = Math.abs(clock_offset ?? 0) >= 2;
  return h(
    "li",
    { class: "box" },
    h("h3", { text: name || text.unnamed }),
    h(
      "dl",
      { class: "facts" },
      fact(text.lastSeen, last_seen ? text.ago(duration(Math.max(0, (Date.now() - moment(last_seen)) / 1_000)), when(last_seen)) : text.never),
      fact(text.accuracy, accuracy && `± ${metres(accuracy)}`),
      fact(text.clock, clock_offset !== undefined && (isOff ? text.offset(duration(Math.abs(clock_offset)), clock_offset > 0) : text.exact), isOff),
      fact(text.refusal, last_refusal && `${when(last_refusal.time)}: ${last_refusal.detail}`, true),
    ),
    h("p", { class: "actions" }, h("button", { type: "button", class: "plain", text: text.remove, "aria-label": `${text.remove}: ${name || text.unnamed}`, onclick: () => remove(device).catch((error) => (failure.textContent = error.message || strings.unreachable)) }), failure),
  );
}
