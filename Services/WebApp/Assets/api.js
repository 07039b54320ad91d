/** Requests to the services, and their availability. */
import { early } from "./early.js";
import { strings } from "./strings.js";

/** An error answer of a service, or a missing answer. */
export class RequestFailure extends Error {
  /**
   * @param {number} status the HTTP status; 0 if there was no answer
   * @param {string} message the text for the user
   * @param {Object} problem the members of the RFC 9457 problem, if there was one
   * @param {boolean} isLate whether the request timed out; the same request would time out again
   */
  constructor(status, message, problem = {}, isLate = status === 504) {
    super(message);
    this.status = status;
    this.problem = problem;
    this.isLate = isLate;
  }

  /** Whether the same request may succeed a little later. */
  get isTransient() {
    return !this.isLate && (this.status === 0 || this.status === 429 || this.status >= 500);
  }
}

/** Maximum time until an answer starts, in milliseconds: a little more than a service's own time-out. */
const patience = 32_000;
/** Maximum number of rows in one answer of a service. */
const longestPage = 1_000;

export class Services extends EventTarget {
  /** @param {string} base the base URL of the REST API; empty for this page's own origin */
  constructor(base) {
    super();
    this.base = base;
    this.isReachable = true;
  }

  /** The URL of a path with parameters; parameters without a value are left out. */
  url(path, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined && value !== null && value !== "") query.set(name, value);
    }
    const text = query.toString();
    return this.base + path + (text ? `?${text}` : "");
  }

  /** Requests JSON. Returns the value and the headers. */
  async get(path, parameters, signal) {
    const response = await this.send(this.url(path, parameters), { headers: { Accept: "application/json" } }, signal);
    return { value: await this.read(response, "json"), headers: response.headers };
  }

  /**
   * Requests a list, page by page.
   *
   * @param {number} count the maximum number of rows
   * @returns {Promise<{rows: Array<Object>, total: number}>} the first rows, and the total number
   */
  async list(path, parameters, count, signal) {
    const rows = [];
    for (let cursor; ; ) {
      const limit = Math.min(count - rows.length, longestPage);
      const { value, headers } = await this.get(path, { ...parameters, limit, cursor }, signal);
      rows.push(...value);
      cursor = /[?&]cursor=([^&>]+)/.exec(headers.get("Link") ?? "")?.[1];
      if (!cursor || rows.length >= count) return { rows, total: Number(headers.get("X-Total-Count") ?? rows.length) };
    }
  }

  /** Requests a file of a media type. Returns a Blob. */
  async getFile(path, parameters, type, signal) {
    const response = await this.send(this.url(path, parameters), { headers: { Accept: type } }, signal);
    return this.read(response, "blob");
  }

  /** Sends JSON. Returns JSON, or nothing if the answer has no content. */
  async post(path, value, signal, method = "POST") {
    const options = { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
    const response = await this.send(this.url(path), options, signal);
    return response.status === 204 ? undefined : this.read(response, "json");
  }

  /** Replaces or changes a resource. Returns JSON. */
  put(path, value, signal) {
    return this.post(path, value, signal, "PUT");
  }

  /** Removes a resource. */
  async remove(path, parameters, signal) {
    await this.send(this.url(path, parameters), { method: "DELETE" }, signal);
  }

  async send(url, options, signal) {
    const late = AbortSignal.timeout(patience);
    let response;
    try {
      response = await answerOf(url, options, signal ? AbortSignal.any([signal, late]) : late);
    } catch (error) {
      if (signal?.aborted) throw error;
      if (late.aborted) throw new RequestFailure(0, strings.late, {}, true);
      this.note(false);
      throw new RequestFailure(0, "");
    }
    // The service worker answers with what it has kept while the network is down.
    const storedAt = Number(response.headers.get("X-Stored-At")) || undefined;
    this.note(response.status < 500 && !storedAt, storedAt);
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const errors = (problem.errors ?? []).map((entry) => `${entry.parameter ?? entry.pointer ?? ""}: ${entry.detail}`);
    throw new RequestFailure(response.status, [problem.detail ?? response.statusText, ...errors].join(" "), problem);
  }

  /** Reads an answer, which may be incomplete. */
  async read(response, form) {
    try {
      return await response[form]();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new RequestFailure(0, "");
    }
  }

  /** @param {number} [storedAt] when the answer was kept, if it is not a new one */
  note(isReachable, storedAt) {
    if (isReachable) this.storedAt = undefined;
    else if (storedAt) this.storedAt = Math.min(storedAt, this.storedAt ?? Infinity);
    else if (isReachable === this.isReachable) return;
    if (isReachable && this.isReachable) return;
    this.isReachable = isReachable;
    this.dispatchEvent(new Event("reachability"));
  }
}

/** The answer to a request; a question that has been asked early is not asked again. */
function answerOf(url, options, signal) {
  const asked = options.method ? undefined : early.get(url);
  if (!asked) return fetch(url, { ...options, signal });
  early.delete(url);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    asked.then(resolve, reject);
  });
}
