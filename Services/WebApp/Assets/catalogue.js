/** Lays the texts of a language over the English ones. A catalogue is JSON of the shape of `strings`. */

/**
 * Replaces texts; what a catalogue does not have stays English.
 *
 * @param {Object} texts changed in place, because modules hold its sections
 * @param {Object} catalogue a text, or the forms of one, in the place of each English text or function
 * @param {string} locale the language, for its plurals
 */
export function overlay(texts, catalogue, locale) {
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const lay = (into, from) => {
    for (const [key, message] of Object.entries(from)) {
      if (typeof into[key] === "function") into[key] = (...values) => formed(message, values, plurals, numbers);
      else if (typeof into[key] === "object") lay(into[key], message);
      else if (typeof into[key] === "string") into[key] = message;
    }
  };
  lay(texts, catalogue);
}

/**
 * Forms a text.
 *
 * @param {string|Object} message a text with `{0}`, `{1}` for the values; or forms by the value whose index is `by`, 0 by default: by
 *   the value itself such as `true`, else by the category of its plural
 */
export function formed(message, values, plurals, numbers) {
  if (typeof message === "string") {
    return message.replace(/\{(\d)\}/g, (_, index) => (typeof values[index] === "number" ? numbers.format(values[index]) : (values[index] ?? "")));
  }
  const value = values[message.by ?? 0];
  const form = message[String(value)] ?? (typeof value === "number" ? message[plurals.select(value)] : undefined) ?? message.other;
  return formed(form ?? "", values, plurals, numbers);
}

/** The keys of `texts`, such as `person.met`, that a catalogue does not have. */
export function missingKeys(texts, catalogue, path = "") {
  return Object.entries(texts).flatMap(([key, text]) => {
    const name = path + key;
    if (catalogue?.[key] === undefined) return [name];
    return typeof text === "object" ? missingKeys(text, catalogue[key], `${name}.`) : [];
  });
}
