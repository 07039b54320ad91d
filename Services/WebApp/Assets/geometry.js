/** Places on the map, and moments in columns of times. */

const radius = 180 / Math.PI;

/** Web Mercator at zoom 0, in pixels, as Leaflet has it: multiplied by 2^zoom it is a place on the map. */
export function project(latitude, longitude) {
  const bounded = Math.min(Math.max(latitude, -85.0511287798), 85.0511287798);
  const y = Math.log(Math.tan(Math.PI / 4 + bounded / radius / 2)) * radius;
  return [((longitude + 180) / 360) * 256, ((180 - y) / 360) * 256];
}

/** The width of a pixel at zoom 0 in metres, at a latitude. */
export function metresPerPixel(latitude) {
  return (40_075_016.686 * Math.cos(latitude / radius)) / 256;
}

/** The index of the last time at or before a moment, or -1; `times` ascends. */
export function indexAt(times, moment) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
