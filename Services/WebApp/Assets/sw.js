/**
 * Keeps the pages and the last answers on the device, for times without a network, and shows messages. web-app writes the release's folder and files into
 * the first lines.
 */
const assets = "{folder}";
const files = JSON.parse(`{files}`);
const shell = `shell ${assets}`;
const answers = "answers";
/** The number of answers that are kept, the size of the largest in bytes, and for how long, in milliseconds. */
const [mostAnswers, largestAnswer, longestAge] = [100, 4_000_000, 12 * 3_600_000];
/** The time after which a page is shown from the device while the network is slow, in milliseconds. */
const patience = 3_000;

/** The document of every page, which the pages of this release are made of. */
async function fill() {
  const cache = await caches.open(shell);
  await cache.addAll(["/licences", ...files.map((file) => `${assets}/${file}`)]);
}

/** Keeps the files of the release before: its open pages may still need a module. */
async function clean() {
  const shells = (await caches.keys()).filter((name) => name.startsWith("shell "));
  for (const name of shells.slice(0, -2)) await caches.delete(name);
  await clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clean()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  const isAPI = url.pathname.startsWith("/api/");
  if (isAPI && changesIdentity(request, url)) return event.respondWith(forgetting(request));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/assets/")) return event.respondWith(file(request));
  if (request.mode === "navigate") return isAPI ? undefined : event.respondWith(page(request));
  if (isKept(request, url, isAPI)) event.respondWith(answer(request, event));
});

/** Whether another person may be signed in after a request, or no person. */
function changesIdentity(request, { pathname }) {
  return pathname.startsWith("/api/login") || (pathname.startsWith("/api/session") && request.method !== "GET");
}

/** The answers that are worth being kept; all others, as secrets and archives, are not. */
const kept = /^\/api\/(event|events(\/.*)?|persons(\/\d+(\/(people|encounters|visits|locations|notes|contacts|consents)(\/.*)?)?)?)$/;

function isKept(request, { pathname }, isAPI) {
  if (pathname === "/ground.geojson") return true;
  if (!isAPI || pathname.endsWith("/stream") || (request.headers.get("Accept") ?? "").includes("text/")) return false;
  return kept.test(pathname);
}

/** Removes what was answered to the person who was signed in. */
async function forgetting(request) {
  await caches.delete(answers);
  return fetch(request);
}

/** A file, whose content never changes. */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** A page: the newest release, or without a network the one on the device. */
async function page(request) {
  const known = await caches.match("/licences", { cacheName: shell });
  if (!known) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, patience, known));
  return Promise.race([fetch(request).catch(() => known), late]);
}

/** The newest answer, or without a network the one on the device, which then has the header `X-Stored-At`. */
async function answer(request, event) {
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    const known = await caches.match(request, { cacheName: answers });
    if (known && Date.now() - Number(known.headers.get("X-Stored-At")) < longestAge) return known;
    throw error;
  }
  if (response.status === 401) event.waitUntil(caches.delete(answers));
  if (response.status === 200) event.waitUntil(keep(request, response.clone()));
  return response;
}

async function keep(request, response) {
  const body = await response.blob();
  if (body.size > largestAnswer) return;
  const headers = new Headers(response.headers);
  headers.set("X-Stored-At", String(Date.now()));
  const cache = await caches.open(answers);
  // The last one that was put is the last key.
  await cache.delete(request);
  await cache.put(request, new Response(body, { headers }));
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - mostAnswers))) await cache.delete(key);
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

/** Shows a message. Browsers require a notification for each push, so an unknown message shows only a title. */
async function show(data) {
  const message = await new Promise((resolve) => resolve(data.json())).catch(() => ({}));
  const texts = await caches.match("/texts", { cacheName: "notifications" }).then((answer) => answer?.json()).catch(() => undefined);
  const { title, body } = (message.kind === "nudge" && texts && nudge(message, texts)) || { title: "UdaConnect" };
  const tag = `${message.kind}:${message.person_id}`;
  await registration.showNotification(title, { body, tag, lang: texts?.lang, dir: texts?.dir, icon: `${assets}/icon-192.png`, data: { path: "/" } });
}

/** The texts of a message that a person who was met is near. */
function nudge({ about_metres: metres, last_met: last }, { lang, nudge: forms }) {
  if (!Number.isFinite(metres)) return undefined;
  const day = new Date(last ?? "");
  const values = { distance: metres.toLocaleString(lang), day: isNaN(day) ? "" : day.toLocaleDateString(lang, { day: "numeric", month: "long", timeZone: "UTC" }) };
  const form = (text) => text.replace(/\{(distance|day)\}/g, (_, key) => values[key]);
  return { title: form(forms.near), body: values.day && form(forms.met) };
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew()));

/** Subscribes again once the push service has ended the subscription. The server gets the new one in the place of the old one. */
async function renew() {
  const known = await (await caches.match("/subscription", { cacheName: "notifications" }))?.json();
  if (!known) return;
  const cache = await caches.open("notifications");
  // If something fails, the switch of the pages is off.
  await cache.delete("/subscription");
  const session = await (await fetch("/api/session")).json();
  // Another person may have signed in since.
  if (session.person_id !== known.person) return;
  await fetch(`/api/me/push/${known.id}`, { method: "DELETE" });
  const { key } = await (await fetch("/api/push/key")).json();
  const own = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = own.toJSON();
  const body = JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
  const answer = await fetch("/api/me/push", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (answer.ok) await cache.put("/subscription", Response.json({ ...known, id: (await answer.json()).id }));
  else await own.unsubscribe();
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showPage(event.notification.data.path));
});

/** Shows a page in a window that is open, or in a new one. */
async function showPage(path) {
  const [page] = await clients.matchAll({ type: "window" });
  if (!page) return clients.openWindow(path);
  await page.focus();
  return page.navigate(path);
}
