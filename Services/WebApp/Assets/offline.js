/** Installs the service worker, which keeps the pages and the last answers, and shows messages; see sw.js. */

/** Registers the worker once the page has shown something; without one, pages need the network. */
export function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register("/sw.js").catch((error) => console.info(error));
  (window.requestIdleCallback ?? setTimeout)(register);
  // The language may be another one since.
  const keep = async () => (await caches.has("notifications")) && (await import("./notifications.js")).keepTexts();
  keep().catch((error) => console.info(error));
}
