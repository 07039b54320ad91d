/** Logins at the organisation's issuer, and what to do if a request needs a new one. */
import { fill, h } from "./dom.js";
import { strings } from "./strings.js";

const text = strings.signIn;

/**
 * The address of a login that returns to a path of this site; nothing without an issuer.
 *
 * @param {boolean} isFresh whether the issuer asks again who it is, although it may know
 */
export async function issuerLogin(services, path, isFresh, signal) {
  const address = services.url("/api/login", { return: path, fresh: isFresh || "" });
  const answer = await fetch(address, { method: "HEAD", redirect: "manual", signal }).catch(() => undefined);
  return answer?.type === "opaqueredirect" ? address : undefined;
}

/** Says in an element why a request about the own data failed; if it needs a new login, with the way to one. */
export async function explainRefusal(element, error, { services, session, signal }) {
  if (error.status !== 403 || !session.isSignedIn) return void fill(element, error.message || strings.unreachable);
  const path = location.pathname;
  const address = await issuerLogin(services, path, true, signal);
  const link = address ? { href: address, target: "_self" } : { href: `/sign-in?return=${path}` };
  fill(element, text.fresh, " ", h("a", { class: "button", ...link, text: text.again }));
}
