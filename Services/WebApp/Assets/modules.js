/** Loads modules when they are needed, across releases and gaps of the network. */
import { RequestFailure } from "./api.js";
import { fill } from "./dom.js";
import { errorState } from "./states.js";
import { strings } from "./strings.js";

/** The minimum time between two automatic loads of the document, in milliseconds. */
const pause = 30_000;

/**
 * Loads a module.
 *
 * A release removes the files of the one before it. So if the module cannot be loaded, the document is loaded again, which names the
 * current files; if that has just happened, this throws a `RequestFailure` with a text for the reader.
 *
 * @param {() => Promise<Object>} load imports the module
 */
export async function lateModule(load, signal) {
  try {
    return await load();
  } catch (error) {
    console.warn(error);
    const last = Number(history.state?.reloaded ?? 0);
    const isAnswered = await fetch(location.href, { method: "HEAD", signal }).then(() => true, () => false);
    signal.throwIfAborted();
    if (!isAnswered || Date.now() - last <= pause) throw new RequestFailure(0, strings.notLoaded, {}, true);
    history.replaceState({ ...history.state, reloaded: Date.now() }, "");
    location.reload();
    return await new Promise(() => {});
  }
}

/**
 * A page whose module is loaded at its first use.
 *
 * @param {() => Promise<Object>} load imports the module
 * @param {string} name the function of the page
 */
export function latePage(load, name, services) {
  return async (context) => {
    let module;
    try {
      module = await lateModule(load, context.signal);
    } catch (error) {
      if (!context.signal.aborted) fill(context.main, errorState(error, () => location.reload()).state);
      return;
    }
    if (!context.signal.aborted) await module[name]({ ...context, ...services });
  };
}
