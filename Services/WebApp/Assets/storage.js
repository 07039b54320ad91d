/** Small settings that stay on the device. A browser that stores nothing is no error. */

export function stored(name) {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {string|undefined} value `undefined` removes the setting */
export function store(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Private windows may refuse.
  }
}
