/** Messages to this browser while no page is open; sw.js shows them. */
import { announce, h } from "./dom.js";
import { strings } from "./strings.js";

const text = strings.notifications;
const isSupported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** What pages and the service worker share: the texts of messages, and which subscription the server has. */
const shared = "notifications";

/** Which subscription the server has of this browser, and for which person; undefined without a subscription. */
async function registered() {
  return isSupported ? (await caches.match("/subscription", { cacheName: shared }))?.json() : undefined;
}

/** The browser's own subscription, if there is one. */
async function subscription() {
  const registration = isSupported && (await navigator.serviceWorker.getRegistration());
  return registration ? ((await registration.pushManager.getSubscription()) ?? undefined) : undefined;
}

const bytesOf = (key) => Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** Whether a subscription is for a key of the server, which may have changed since. */
function isFor(own, key) {
  const [known, wanted] = [new Uint8Array(own.options.applicationServerKey ?? []), bytesOf(key)];
  return known.length === wanted.length && known.every((byte, index) => byte === wanted[index]);
}

/** A switch that asks for the permission once it is turned on; nothing if the browser or the deployment has no such messages. */
export async function notificationSwitch({ services, session, signal }) {
  if (!isSupported || !session.isSignedIn) return undefined;
  // Where push messages are off, this is 404.
  const key = await services.get("/api/push/key", {}, signal).then(({ value }) => value.key).catch(() => undefined);
  if (!key) return undefined;
  const [listed, own, known] = await Promise.all([services.get("/api/me/push", {}, signal), subscription(), registered()]);
  const isListed = listed.value.some(({ id }) => id === known?.id);
  // Another person has used this browser.
  if (own && !isListed) await forgetBrowser();
  const isOn = own && isListed && isFor(own, key) && Notification.permission === "granted";
  const failure = h("p", { class: "bad", role: "alert" });
  const change = async () => {
    failure.textContent = "";
    input.disabled = true;
    try {
      if (input.checked) await subscribe(services, key, session.personID, signal);
      else await endNotifications(services, false, signal);
      announce(input.checked ? text.on : text.off);
    } catch (error) {
      input.checked = !input.checked;
      failure.textContent = error.message || strings.unreachable;
    } finally {
      input.disabled = false;
      input.focus();
    }
  };
  const input = h("input", { type: "checkbox", role: "switch", id: "notify", checked: isOn, onchange: change });
  return h("div", {}, h("p", { class: "switch-row" }, h("label", { for: "notify", text: text.label }), input), failure);
}

async function subscribe(services, key, person, signal) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error(text.denied);
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  let own = await pushManager.getSubscription();
  if (own && !isFor(own, key)) {
    await own.unsubscribe();
    own = null;
  }
  own ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) }).catch((error) => {
    console.info(error);
    throw new Error(text.failed);
  });
  const { endpoint, keys } = own.toJSON();
  const { id } = await services.post("/api/me/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth }, signal);
  const cache = await caches.open(shared);
  await cache.put("/subscription", Response.json({ id, person }));
  await keepTexts();
}

/** Ends the messages to this browser, or to all browsers of the person. */
export async function endNotifications(services, isEverywhere, signal) {
  const own = await registered();
  const ids = isEverywhere ? (await services.get("/api/me/push", {}, signal)).value.map(({ id }) => id) : own ? [own.id] : [];
  for (const id of ids) {
    await services.remove(`/api/me/push/${id}`, {}, signal).catch((error) => {
      if (error.status !== 404) throw error;
    });
  }
  await forgetBrowser();
}

/** Ends the browser's own subscription, after the server has removed it or instead. */
export async function forgetBrowser() {
  if (isSupported) await caches.delete(shared);
  await (await subscription())?.unsubscribe();
}

/** Keeps the texts of messages in the language of the pages for the service worker, with places for what a message has. */
export async function keepTexts() {
  const { lang, dir } = document.documentElement;
  const distance = strings.units.metres("{distance}");
  const nudge = { near: text.nudge(distance), met: text.met("{day}") };
  const cache = await caches.open(shared);
  await cache.put("/texts", Response.json({ lang, dir, nudge }));
}
