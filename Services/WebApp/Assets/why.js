/** Why two persons have no meeting, the strongest reason first. */
import { duration, fullName, metres, moment, roundMetres, timeRange } from "./format.js";
import { strings } from "./strings.js";

const text = strings.whyNot;

/**
 * The reason in a sentence.
 *
 * @param {Object} evidence the service's evidence about the two
 * @param {Object} own the person who asks
 * @param {Object} other the other person
 * @param {{from: string, to: string}} window the time that the question is about
 */
export async function reasonAgainst(evidence, own, other, { from, to }, { services, session }, signal) {
  const trail = (id) => services.get(`/api/persons/${id}/locations`, { from, to }, signal).then(({ value }) => value, () => undefined);
  // Where signing in is required, a person sees no other trail.
  const trails = await Promise.all([trail(own.id), session.isRequired ? undefined : trail(other.id)]);
  signal.throwIfAborted();
  return reasonOf(evidence, own, other, trails);
}

function reasonOf({ overlaps, overlap_count, doubtful, rule }, own, other, [ours, theirs]) {
  if (ours?.length === 0) return text.noLocations(fullName(own));
  if (theirs?.length === 0) return text.noLocations(fullName(other));
  if (overlap_count > 0) {
    const nearest = overlaps.reduce((best, overlap) => (overlap.distance < best.distance ? overlap : best));
    const range = timeRange(moment(nearest.start), moment(nearest.end));
    const seconds = (moment(nearest.end) - moment(nearest.start)) / 1_000;
    if (nearest.distance > rule.distance) return text.tooFar(range, metres(nearest.distance), metres(nearest.distance_deviation), roundMetres(rule.distance));
    if (seconds < rule.least) return text.tooShort(range, duration(seconds), duration(rule.least));
    return text.notSure(range, metres(nearest.distance), metres(nearest.distance_deviation), roundMetres(rule.distance));
  }
  if (ours && theirs) {
    const [first, second] = [ours, theirs].map((trail) => [moment(trail[0].creation_time), moment(trail.at(-1).creation_time)]);
    if (first[1] < second[0] || second[1] < first[0]) return text.otherTime(fullName(other), timeRange(...second));
  }
  return doubtful.length ? text.doubtful(doubtful.length) : text.never;
}
