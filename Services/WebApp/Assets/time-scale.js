/** A scale of time on which long gaps, such as nights, take little room. */
import { zoneOffset } from "./format.js";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A gap is cut if it is longer than this. */
const longestGap = 3 * hour;
/** The width of a cut in pixels. */
const cutWidth = 18;
/** The distances of ticks. */
const steps = [5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour];

/** Joins intervals `[start, end]` that are nearer than a gap that is cut. */
export function spansOf(intervals) {
  const spans = [];
  for (const [start, end] of intervals.toSorted(([one], [other]) => one - other)) {
    const last = spans.at(-1);
    if (last && start - last[1] <= longestGap) last[1] = Math.max(last[1], end);
    else spans.push([start, end]);
  }
  return spans;
}

/** The intervals of times in ascending order. */
export function spansOfTimes(times) {
  const spans = [];
  for (let index = 0, start = 0; index < times.length; index += 1) {
    if (index + 1 < times.length && times[index + 1] - times[index] <= longestGap) continue;
    spans.push([times[start], times[index]]);
    start = index + 1;
  }
  return spans;
}

export class TimeScale {
  /**
   * @param {Array<[number, number]>} spans intervals in ascending order, in milliseconds
   * @param {number} width in pixels
   */
  constructor(spans, width) {
    this.first = spans[0]?.[0];
    this.last = spans.at(-1)?.[1];
    const total = spans.reduce((sum, [start, end]) => sum + Math.max(end - start, minute), 0);
    this.perMillisecond = Math.max(width - cutWidth * (spans.length - 1), 1) / total;
    let left = 0;
    this.spans = spans.map(([start, end]) => {
      const span = { start, end, left, right: left + Math.max(end - start, minute) * this.perMillisecond };
      left = span.right + cutWidth;
      return span;
    });
  }

  get isEmpty() {
    return !(this.first < this.last);
  }

  /** The pixel of a moment; that of the next span for one in a cut. */
  x(time) {
    for (const { start, end, left, right } of this.spans) {
      if (time < start) return left;
      if (time <= end) return Math.min(left + (time - start) * this.perMillisecond, right);
    }
    return this.spans.at(-1)?.right ?? 0;
  }

  /** The moment at a pixel. */
  time(x) {
    for (const { start, end, left, right } of this.spans) {
      if (x <= right + cutWidth / 2) return Math.min(Math.max(start + (x - left) / this.perMillisecond, start), end);
    }
    return this.last;
  }

  /** The nearest moment that is not in a cut; forward in time if `isForward`. */
  nearest(time, isForward) {
    const next = this.spans.findIndex(({ end }) => time <= end);
    if (next < 0) return this.last;
    if (time >= this.spans[next].start) return time;
    return isForward || next === 0 ? this.spans[next].start : this.spans[next - 1].end;
  }

  /** The ticks at round hours of local time: `{ time, x }`. Two labels of a width have room beside each other. */
  ticks(labelWidth) {
    const step = steps.find((length) => length * this.perMillisecond >= labelWidth) ?? day;
    const ticks = [];
    for (const { start, end } of this.spans) {
      const offset = zoneOffset(start);
      for (let time = Math.ceil((start + offset) / step) * step - offset; time <= end; time += step) ticks.push({ time, x: this.x(time) });
    }
    return ticks;
  }

  /** The first moment of each local day: `{ time, x }`. */
  days() {
    const days = [];
    let last = "";
    for (const { start, end } of this.spans) {
      for (let time = start; time <= end; time = Math.floor((time + zoneOffset(time)) / day + 1) * day - zoneOffset(time)) {
        const key = Math.floor((time + zoneOffset(time)) / day);
        if (key !== last) days.push({ time, x: this.x(time) });
        last = key;
      }
    }
    return days;
  }
}
