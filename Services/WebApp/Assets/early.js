/**
 * Starts the first requests of a page while its other modules are loaded. This module runs first: it imports nothing that has imports.
 */
import { stored } from "./storage.js";

const settings = JSON.parse(document.querySelector('meta[name="settings"]').content);
const api = settings.api.startsWith(":") ? `${location.protocol}//${location.hostname}${settings.api}` : settings.api;

/** The addresses of the services, which web-app writes into the document; see its README. A port alone refers to this host. */
export const configuration = { ...settings, api };

/** Answers by their URLs. The request for the same URL uses an answer once; see `Services.send`. */
export const early = new Map();

function ask(path) {
  const answer = fetch(api + path, { headers: { Accept: "application/json" }, priority: "high" });
  // The request that uses the answer handles the failure.
  answer.catch(() => {});
  early.set(api + path, answer);
  return answer;
}

/** The person of the session or, where signing in is not required, the chosen one. */
async function ownID(session) {
  const answer = await session.catch(() => undefined);
  const me = answer?.ok && (await answer.clone().json().catch(() => undefined));
  return me && (me.person_id ?? (me.roles.includes("legacy") ? stored("person") : undefined));
}

/** What the page of the address asks first. */
async function askFirst(path, session) {
  const isPlain = location.search === "";
  const [, id] = /^\/people\/(\d+)\/?$/.exec(path) ?? [];
  if (path === "/event" || path === "/event/") return ask("/api/event");
  if (id && isPlain) return ["", "/people?limit=20", "/encounters?limit=100"].forEach((rest) => ask(`/api/persons/${id}${rest}`));
  if ((path === "/people" || path === "/people/") && isPlain) return ask("/api/persons?limit=50");
  if (path !== "/" && path !== "/me") return;
  const own = await ownID(session);
  const day = ["", "/people?distance=2&limit=1000", "/people?distance=5&limit=1000", "/encounters?distance=5&limit=1000", "/notes", "/contacts"];
  if (own) for (const rest of path === "/" ? day : [""]) ask(`/api/persons/${own}${rest}`);
}

const session = ask("/api/session");
if (stored("clock") !== "device") ask("/api/events");
askFirst(location.pathname, session);
