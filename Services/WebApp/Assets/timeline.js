/** A line of time that is a slider: a histogram, bars on it, and a cursor. */
import { fill, h, onceAFrame } from "./dom.js";
import { clock, clockWithSeconds, date, moment, shortDate } from "./format.js";
import { keyOf } from "./meetings.js";
import { strings } from "./strings.js";
import { spansOf, spansOfTimes, TimeScale } from "./time-scale.js";

const text = strings.timeLine;
const minute = 60_000;
/** How long playing the whole line takes, in milliseconds. */
const playTime = 30_000;
/** The width of a bin of the histogram of meetings. */
const binWidth = 5 * minute;
/** The height of the labels, and that of the row of locations above them, in pixels. */
const [labelHeight, traceHeight] = [18, 8];
/** How far the keys move the cursor. */
const keys = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -15, PageUp: 15 };

export class TimeLine {
  /**
   * @param {(time: number) => void} onMoment called with the moment that is shown
   * @param {AbortSignal} signal ends it
   * @param {(encounter: Object) => void} [onPick] called with a meeting that is selected on the line
   */
  constructor(onMoment, signal, onPick) {
    Object.assign(this, { onMoment, onPick });
    /** The colour of the histogram: the name of a custom property. */
    this.tone = "--meeting";
    this.bins = { width: binWidth, values: new Map(), most: 1 };
    this.encounters = [];
    this.times = new Float64Array(0);
    this.scale = new TimeScale([], 1);
    this.canvas = h("canvas", { class: "time-line", "aria-hidden": "true" });
    this.cursor = h("span", { class: "time-cursor", "aria-hidden": "true" });
    this.slider = h("div", { class: "time-slider", role: "slider", tabindex: "0", "aria-label": text.label, onkeydown: (event) => this.press(event) }, this.canvas, this.cursor);
    this.label = h("output", { class: "quiet time-label" });
    this.button = h("button", { type: "button", text: text.play, onclick: () => this.toggle() });
    const step = (direction, label) => h("button", { type: "button", class: "step", "aria-label": label, title: label, text: direction < 0 ? "‹" : "›", onclick: () => this.step(direction) });
    this.steps = h("span", { class: "steps", hidden: true }, step(-1, text.previous), step(1, text.next));
    this.element = h("div", { class: "scrubber" }, this.slider, h("div", { class: "actions" }, this.button, this.steps, this.label));
    this.redraw = onceAFrame(() => this.draw());
    this.drag();
    const resized = new ResizeObserver(this.redraw);
    resized.observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.redraw, { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this.stop();
    });
  }

  // ---- Contents

  /** Shows when a trail has locations, and how many people were met in each five minutes. */
  show(times, encounters) {
    this.times = times;
    this.encounters = encounters.map((encounter) => ({ encounter, start: moment(encounter.start), end: moment(encounter.end) }));
    this.bins = peopleAround(this.encounters);
    this.steps.hidden = encounters.length === 0;
    this.setSpans(spansOf([...spansOfTimes(times), ...this.encounters.map(({ start, end }) => [start, end])]));
  }

  /** Shows numbers: `[[start, number]]` of bins of a width in milliseconds. */
  showBins(numbers, width, spans) {
    const values = new Map(numbers);
    this.bins = { width, values, most: Math.max(1, ...values.values()) };
    this.setSpans(spans);
  }

  setSpans(spans) {
    this.spans = spans;
    this.scale = new TimeScale(spans, this.canvas.clientWidth || 600);
    this.element.hidden = this.scale.isEmpty;
    if (this.element.hidden) return;
    this.slider.setAttribute("aria-valuemin", Math.round(this.scale.first / 1_000));
    this.slider.setAttribute("aria-valuemax", Math.round(this.scale.last / 1_000));
    if (this.time === undefined || this.time < this.scale.first || this.time > this.scale.last) this.go(this.scale.first);
    this.redraw();
  }

  /** Marks a meeting and goes to its beginning. */
  select(encounter) {
    this.selected = encounter;
    if (encounter) this.go(moment(encounter.start));
    this.redraw();
  }

  // ---- The cursor

  /** Moves the cursor; into the next span, or the one before, if the moment is in a cut. */
  go(time, isForward = time >= this.time) {
    if (this.scale.isEmpty) return;
    this.time = this.scale.nearest(Math.min(Math.max(time, this.scale.first), this.scale.last), isForward);
    const told = `${date(this.time)}, ${clockWithSeconds(this.time)}`;
    this.slider.setAttribute("aria-valuenow", Math.round(this.time / 1_000));
    this.slider.setAttribute("aria-valuetext", told);
    fill(this.label, told);
    this.onMoment(this.time);
    this.redraw();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in keys) this.go(this.time + keys[event.key] * minute);
    else if (event.key === "Home") this.go(this.scale.first);
    else if (event.key === "End") this.go(this.scale.last);
    else if (event.key === "n") this.step(1);
    else if (event.key === "p") this.step(-1);
    else if (event.key === "Enter" && this.encounters.length) this.pick(this.time);
    else return;
    this.onUse?.();
    event.preventDefault();
  }

  /** Follows the pointer; a click also selects the meeting at its moment. */
  drag() {
    const move = (event) => {
      this.go(this.scale.time(event.clientX - this.canvas.getBoundingClientRect().left));
      this.onUse?.();
    };
    this.slider.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.stop();
      this.slider.setPointerCapture(event.pointerId);
      this.pressedAt = event.clientX;
      move(event);
    });
    this.slider.addEventListener("pointermove", (event) => {
      if (this.slider.hasPointerCapture(event.pointerId)) move(event);
    });
    this.slider.addEventListener("pointerup", (event) => {
      if (Math.abs(event.clientX - this.pressedAt) < 4) this.pick(this.time);
    });
  }

  /** Selects the shortest meeting at a moment: longer ones can be reached elsewhere. */
  pick(time) {
    const found = this.encounters.filter(({ start, end }) => start <= time && time <= end);
    const shortest = found.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
    if (shortest) this.onPick?.(shortest.encounter);
  }

  /** Selects the next meeting, or the one before. */
  step(direction) {
    const starts = this.encounters.toSorted((one, other) => one.start - other.start);
    const isBeyond = ({ start }) => (direction > 0 ? start > this.time : start < this.time);
    const next = direction > 0 ? starts.find(isBeyond) : starts.findLast(isBeyond);
    if (!next) return;
    this.go(next.start);
    this.onPick?.(next.encounter);
  }

  toggle() {
    if (this.playing) return this.stop();
    this.button.textContent = text.pause;
    if (this.time >= this.scale.last) this.go(this.scale.first);
    this.onUse?.();
    let before = performance.now();
    const width = this.scale.x(this.scale.last);
    let x = this.scale.x(this.time);
    const step = (now) => {
      x += ((now - before) / playTime) * width;
      before = now;
      this.go(this.scale.time(x), true);
      if (x >= width) return this.stop();
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.button.textContent = text.play;
  }

  // ---- Drawing

  draw() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width || this.scale.isEmpty) return;
    const ratio = devicePixelRatio || 1;
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name);
    // The canvas stays the same while the cursor moves.
    const key = [width, height, ratio, colour("--surface"), this.selected && keyOf(this.selected)].join();
    if (this.drawn?.key !== key || this.drawn.bins !== this.bins || this.drawn.spans !== this.spans) {
      this.scale = new TimeScale(this.spans, width);
      Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      const context = this.canvas.getContext("2d");
      context.scale(ratio, ratio);
      this.drawContents(context, width, height, colour);
      this.drawn = { key, bins: this.bins, spans: this.spans };
    }
    this.cursor.style.transform = `translateX(${Math.min(Math.max(this.scale.x(this.time), 1), width - 1)}px)`;
  }

  drawContents(context, width, height, colour) {
    const { scale } = this;
    const floor = height - labelHeight;
    for (const { left, right } of scale.spans.slice(1).map((span, index) => ({ left: scale.spans[index].right, right: span.left }))) {
      context.fillStyle = colour("--surface");
      context.fillRect(left + 2, 0, right - left - 4, height);
    }
    context.fillStyle = colour(this.tone);
    context.globalAlpha = 0.55;
    const top = floor - traceHeight - 4;
    for (const [start, value] of this.bins.values) {
      const left = scale.x(start);
      const part = Math.max((value / this.bins.most) * (top - 14), value ? 2 : 0);
      context.fillRect(left, top - part, Math.max(scale.x(start + this.bins.width) - left - 0.5, 1), part);
    }
    context.globalAlpha = 1;
    for (const { encounter, start, end } of this.encounters) {
      if (!this.selected || keyOf(encounter) !== keyOf(this.selected)) continue;
      const width = Math.max(scale.x(end) - scale.x(start), 3);
      context.fillStyle = colour("--selected");
      context.fillRect(scale.x(start), 0, width, 4);
      context.globalAlpha = 0.3;
      context.fillRect(scale.x(start), 4, width, top - 4);
      context.globalAlpha = 1;
    }
    // When there are locations.
    context.fillStyle = colour("--own");
    let last = -1;
    for (const time of this.times) {
      const pixel = Math.floor(scale.x(time));
      if (pixel !== last) context.fillRect(pixel, floor - traceHeight, 1, traceHeight - 3);
      last = pixel;
    }
    this.drawLabels(context, width, height, colour);
  }

  drawLabels(context, width, height, colour) {
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "alphabetic";
    const days = this.scale.days();
    let end = -Infinity;
    const label = (words, x, tone) => {
      const length = context.measureText(words).width;
      const left = Math.min(Math.max(x - length / 2, 2), width - length - 2);
      if (left < end + 8) return;
      context.fillStyle = colour(tone);
      context.fillText(words, left, height - 5);
      end = left + length;
    };
    const wanted = [...this.scale.ticks(context.measureText(clock(0)).width + 22)];
    for (const { time, x } of wanted) {
      context.fillStyle = colour("--control");
      context.fillRect(Math.min(Math.round(x), width - 1), height - labelHeight, 1, 4);
      label(clock(time), x, "--quiet");
    }
    if (days.length < 2) return;
    context.font = "600 11px system-ui, sans-serif";
    for (const { time, x } of days) {
      context.fillStyle = colour("--text");
      context.fillText(shortDate(time), Math.min(x + 3, width - 60), 11);
    }
  }
}

/** The number of different people who were met in each bin. */
function peopleAround(encounters) {
  const people = new Map();
  for (const { encounter, start, end } of encounters) {
    for (let bin = Math.floor(start / binWidth) * binWidth; bin <= end; bin += binWidth) {
      if (!people.has(bin)) people.set(bin, new Set());
      people.get(bin).add(encounter.person.id);
    }
  }
  const values = new Map([...people].map(([bin, set]) => [bin, set.size]));
  return { width: binWidth, values, most: Math.max(1, ...values.values()) };
}
