/** What counts as a talk, and what as being near. */

/** Distances of the three questions, in metres: within reach of a voice, near, and passing. */
export const distances = { talked: 2, nearby: 5, passed: 10 };
/** Minimum time together, in seconds. */
export const longEnough = 300;
/** Minimum probability of that time. */
export const likely = 0.5;
