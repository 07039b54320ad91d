/** A line of time: when a person was seen, when meetings were, and a slider. */
import { fill, h, onceAFrame } from "./dom.js";
import { clock, clockWithSeconds, date, moment } from "./format.js";
import { keyOf } from "./meetings.js";
import { strings } from "./strings.js";

const text = strings.where;
/** How long playing the whole line takes, in milliseconds. */
const playTime = 30_000;

export class TimeLine {
  /**
   * @param {(time: number) => void} onMoment called with the moment that is shown
   * @param {AbortSignal} signal ends it
   */
  constructor(onMoment, signal) {
    this.onMoment = onMoment;
    this.times = new Float64Array(0);
    this.encounters = [];
    this.canvas = h("canvas", { class: "time-line", "aria-hidden": "true" });
    this.label = h("output", { for: "scrub", class: "quiet" });
    this.slider = h("input", { type: "range", id: "scrub", "aria-label": text.scrub, step: 1_000, oninput: () => this.go(Number(this.slider.value)) });
    this.button = h("button", { type: "button", text: text.play, onclick: () => this.toggle() });
    this.element = h("div", { class: "scrubber" }, this.canvas, this.slider, h("div", { class: "actions" }, this.button, this.label));
    this.redraw = onceAFrame(() => this.draw());
    const resized = new ResizeObserver(this.redraw);
    resized.observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.redraw, { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this.stop();
    });
  }

  /** Shows when a trail has locations and when its meetings were. */
  show(times, encounters) {
    this.times = times;
    this.encounters = encounters.map((encounter) => ({ encounter, start: moment(encounter.start), end: moment(encounter.end) }));
    const starts = [times[0], ...this.encounters.map(({ start }) => start)].filter((time) => time !== undefined);
    const ends = [times.at(-1), ...this.encounters.map(({ end }) => end)].filter((time) => time !== undefined);
    this.first = Math.min(...starts);
    this.last = Math.max(...ends);
    this.element.hidden = !(this.first < this.last);
    if (this.element.hidden) return;
    this.slider.min = this.first;
    this.slider.max = this.last;
    if (this.time === undefined || this.time < this.first || this.time > this.last) this.go(this.first);
    this.redraw();
  }

  /** Marks a meeting and goes to its beginning. */
  select(encounter) {
    this.selected = encounter;
    if (encounter) this.go(moment(encounter.start));
    this.redraw();
  }

  go(time) {
    this.time = Math.min(Math.max(time, this.first ?? time), this.last ?? time);
    this.slider.value = this.time;
    const told = `${date(this.time)}, ${clockWithSeconds(this.time)}`;
    this.slider.setAttribute("aria-valuetext", told);
    fill(this.label, told);
    this.onMoment(this.time);
    this.redraw();
  }

  toggle() {
    if (this.playing) return this.stop();
    this.button.textContent = text.pause;
    if (this.time >= this.last) this.go(this.first);
    let before = performance.now();
    const step = (now) => {
      this.go(this.time + ((now - before) / playTime) * (this.last - this.first));
      before = now;
      if (this.time >= this.last) return this.stop();
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.button.textContent = text.play;
  }

  draw() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width || !(this.first < this.last)) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name);
    const x = (time) => ((time - this.first) / (this.last - this.first)) * width;
    // How often the person was seen, by pixel.
    const counts = new Uint32Array(Math.ceil(width) + 1);
    for (const time of this.times) counts[Math.floor(x(time))] += 1;
    const most = Math.max(1, ...counts);
    context.fillStyle = colour("--own");
    context.globalAlpha = 0.5;
    counts.forEach((count, pixel) => {
      const part = 14 * Math.sqrt(count / most);
      if (count) context.fillRect(pixel, height - 16 - part, 1, part);
    });
    context.globalAlpha = 1;
    for (const { encounter, start, end } of this.encounters) {
      const isSelected = this.selected && keyOf(encounter) === keyOf(this.selected);
      context.fillStyle = colour(isSelected ? "--selected" : "--meeting");
      // The more meet at once, the darker.
      context.globalAlpha = isSelected ? 1 : 0.25;
      context.fillRect(x(start), isSelected ? 0 : 4, Math.max(x(end) - x(start), 3), isSelected ? height - 32 : height - 38);
    }
    context.globalAlpha = 1;
    context.fillStyle = colour("--quiet");
    context.font = "11px system-ui, sans-serif";
    const ticks = Math.max(2, Math.floor(width / 90));
    for (let tick = 0; tick < ticks; tick += 1) {
      const time = this.first + ((this.last - this.first) * tick) / ticks;
      context.fillText(clock(time), x(time), height - 3);
      context.fillRect(x(time), height - 15, 1, 4);
    }
    context.fillStyle = colour("--text");
    context.fillRect(x(this.time) - 1, 0, 2, height - 14);
  }
}
