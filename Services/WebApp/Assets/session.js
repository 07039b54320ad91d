/** The person who uses the pages: the signed-in one or, where signing in is not required, a chosen one. */

import { stored, store } from "./storage.js";

export class Session extends EventTarget {
  constructor(services) {
    super();
    this.services = services;
    this.chosen = Number(stored("person")) || undefined;
    /** Whether the person has to sign in. */
    this.isRequired = false;
  }

  /** Whether the deployment lets everyone in. */
  get isOpen() {
    return Boolean(this.me?.roles.includes("legacy"));
  }

  /** Whether this browser has a session. */
  get isSignedIn() {
    return Boolean(this.me?.expires_at);
  }

  /** The id of the person, if known. */
  get personID() {
    return this.me?.person_id ?? (this.isRequired ? undefined : this.chosen);
  }

  /** Asks who this browser is signed in as. An open deployment works without access-service; elsewhere, each request then fails. */
  async load(signal) {
    try {
      this.me = (await this.services.get("/api/session", {}, signal)).value;
      this.isRequired = !this.isOpen;
    } catch (error) {
      this.isRequired = error.status === 401;
    }
  }

  /** Signs in by the code of a claim. */
  async signIn(code, signal) {
    this.me = await this.services.post("/api/session", { code }, signal);
    this.changed();
  }

  /** Ends this session, or all sessions of the person. */
  async signOut(isEverywhere, signal) {
    await this.services.remove("/api/session", isEverywhere ? { everywhere: true } : {}, signal);
    this.forget();
  }

  /** Continues as no one. */
  forget() {
    this.me = this.isOpen ? this.me : undefined;
    this.choose(undefined);
  }

  /** Chooses a person on this device; `undefined` forgets the choice. */
  choose(id) {
    this.chosen = id;
    store("person", id && String(id));
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
