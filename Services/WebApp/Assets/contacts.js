/** Contact details that two persons see of each other once both agree. */
import { avatar } from "./avatar.js";
import { bdi, fill, h, save } from "./dom.js";
import { fullName } from "./format.js";
import { strings } from "./strings.js";

const text = strings.contacts;

/** All requests and contacts of a person. */
export class Contacts {
  constructor(services, id, signal) {
    Object.assign(this, { services, id, signal });
    this.known = new Map();
  }

  /** Loads the contacts. Without them, the day still has the people. */
  async load() {
    const answer = await this.services.get(`/api/persons/${this.id}/contacts`, {}, this.signal).catch(() => undefined);
    this.isAvailable = Boolean(answer);
    this.known = new Map((answer?.value ?? []).map((contact) => [contact.person_id, contact]));
  }

  /** The requests of others that wait for an answer. */
  get received() {
    return [...this.known.values()].filter(({ state }) => state === "received");
  }

  path(other) {
    return `/api/persons/${this.id}/contacts/${other}`;
  }

  /** Asks, or agrees to a request. */
  async ask(other) {
    this.known.set(other, await this.services.put(this.path(other), {}, this.signal));
  }

  /** Withdraws, declines or ends. */
  async end(other) {
    await this.services.remove(this.path(other), {}, this.signal);
    this.known.delete(other);
  }

  vCard(other) {
    return this.services.getFile(this.path(other), {}, "text/vcard", this.signal);
  }
}

/** The contact with a person, and what can be done about it. */
export function contactBox(contacts, other, changed) {
  const box = h("div", { class: "contact" });
  const failure = h("span", { class: "bad", role: "alert" });
  const button = (label, action, kind) => {
    const run = async () => {
      failure.textContent = "";
      try {
        await action();
        show();
        changed();
      } catch (error) {
        failure.textContent = error.message || strings.unreachable;
      }
    };
    return h("button", { type: "button", class: kind, text: label, onclick: run });
  };
  const show = () => {
    const { state, contact } = contacts.known.get(other.id) ?? {};
    const ask = (label) => button(label, () => contacts.ask(other.id), state ? "primary" : "");
    const end = (label) => button(label, () => contacts.end(other.id), "plain");
    const choices = {
      asked: () => [h("span", { text: text.asked }), end(text.withdraw)],
      received: () => [h("span", { text: text.received(other.first_name) }), ask(text.accept), end(text.decline)],
      connected: () => [button(text.vCard, async () => save(`${fullName(other)}.vcf`, await contacts.vCard(other.id))), end(text.end)],
    };
    fill(box, state === "connected" && details(contact), h("p", { class: "actions" }, choices[state]?.() ?? ask(text.ask), failure));
  };
  show();
  return box;
}

/** Contact details with links; an address opens only if it is one of the web. */
function details({ job_title, email, phone, url }) {
  const link = (href, label) => h("a", { href, target: "_blank", rel: "noreferrer", text: label });
  const row = (label, value) => value && h("div", {}, h("dt", { text: label }), h("dd", {}, value));
  return h(
    "dl",
    { class: "facts" },
    row(text.jobTitle, job_title && bdi(job_title)),
    row(text.email, email && link(`mailto:${email}`, email)),
    row(text.phone, phone && link(`tel:${phone}`, phone)),
    row(text.url, url && (/^https?:\/\//i.test(url) ? link(url, url) : bdi(url))),
  );
}

/** The requests that wait for the reader's answer. */
export function requestList(contacts, address) {
  const { received } = contacts;
  if (received.length === 0) return undefined;
  const entry = (contact) => {
    const person = { ...contact, id: contact.person_id };
    return h("li", {}, h("a", { class: "request", href: address(person.id) }, avatar(person), h("span", {}, bdi(fullName(person)))));
  };
  return h("section", { class: "requests", "aria-label": text.requests(received.length) }, h("p", { text: text.requests(received.length) }), h("ul", {}, received.map(entry)));
}
