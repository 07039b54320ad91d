/** Installs the service worker, which keeps the pages and the last answers, and shows messages; see sw.js. */
import { stored } from "./storage.js";

/** Registers the worker once the page has shown something; without one, pages need the network. */
export function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register("/sw.js").catch((error) => console.info(error));
  (window.requestIdleCallback ?? setTimeout)(register);
  // The language may be another one since.
  if (stored("push")) import("./notifications.js").then(({ keepTexts }) => keepTexts()).catch((error) => console.info(error));
}
