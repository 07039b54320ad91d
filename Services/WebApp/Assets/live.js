/** Server-sent events that reconnect automatically. */

/** Maximum silence of a live stream, in milliseconds; the server sends a heartbeat every 10 s. */
const silence = 25_000;
const longestDelay = 15_000;

/**
 * Follows a stream until the signal is aborted or the service rejects it.
 *
 * The browser reconnects only after some kinds of failure, so this code reconnects, with the last event's id in the query. It
 * does not repeat a request that the service rejects, such as one that is too wide.
 *
 * @param {(lastEventID: string) => string} address the URL of the stream
 * @param {Object<string, (value: any) => void>} handlers the handler of each kind of event
 * @param {(isLive: boolean) => void} onState called when the stream starts and ends
 * @param {(reason: string) => void} onRefusal called when the stream has ended permanently; the reason may be empty
 */
export function follow(address, handlers, onState, onRefusal, signal) {
  let source;
  let lastEventID = "";
  let failures = 0;
  let timer = 0;

  const open = () => {
    if (signal.aborted) return;
    source = new EventSource(address(lastEventID));
    source.onopen = () => {
      failures = 0;
      onState(true);
      watch();
    };
    source.onerror = fail;
    source.addEventListener("heartbeat", watch);
    source.addEventListener("problem", (event) => end(JSON.parse(event.data).detail ?? ""));
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        watch();
        if (event.lastEventId) lastEventID = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
  };
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(again, silence);
  };
  /** The browser does not distinguish a rejection from a failure, so this requests the head once more. */
  const fail = async () => {
    const isAnswered = source.readyState === EventSource.CLOSED;
    source.close();
    clearTimeout(timer);
    const head = isAnswered && !signal.aborted && (await fetch(address(lastEventID), { method: "HEAD", signal }).catch(() => undefined));
    if (head && head.status >= 400 && head.status < 500 && head.status !== 429) return end("");
    again();
  };
  const end = (reason) => {
    source.close();
    clearTimeout(timer);
    if (signal.aborted) return;
    onState(false);
    onRefusal(reason);
  };
  const again = () => {
    source.close();
    clearTimeout(timer);
    if (signal.aborted) return;
    onState(false);
    failures += 1;
    timer = setTimeout(open, Math.min(500 * 2 ** failures, longestDelay) * (0.5 + Math.random() / 2));
  };

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    source?.close();
  });
  open();
}
