/** Loads the modules of pages when they are needed, across releases and gaps of the network. */
import { fill } from "./dom.js";
import { errorState } from "./states.js";
import { strings } from "./strings.js";

/** The minimum time between two automatic loads of the document, in milliseconds. */
const pause = 30_000;

/**
 * A page whose module is loaded at its first use.
 *
 * A release removes the files of the one before it. So if the module cannot be loaded, the document is loaded again, which names the
 * current files; if that has just happened, the page says so and offers a button.
 *
 * @param {() => Promise<Object>} load imports the module
 * @param {string} name the function of the page
 */
export function latePage(load, name, services) {
  return async (context) => {
    let module;
    try {
      module = await load();
    } catch (error) {
      console.warn(error);
      const last = Number(history.state?.reloaded ?? 0);
      const isAnswered = await fetch(location.href, { method: "HEAD", signal: context.signal }).then(() => true, () => false);
      if (context.signal.aborted) return;
      if (isAnswered && Date.now() - last > pause) {
        history.replaceState({ ...history.state, reloaded: Date.now() }, "");
        location.reload();
        return await new Promise(() => {});
      }
      fill(context.main, errorState({ message: strings.notLoaded }, () => location.reload()).state);
      return;
    }
    if (!context.signal.aborted) await module[name]({ ...context, ...services });
  };
}
