/** The language of the pages: English is in strings.js; the other catalogues are loaded if they are needed. */
import { overlay } from "./catalogue.js";
import { h } from "./dom.js";
import { setFormats } from "./format.js";
import { stored, store } from "./storage.js";
import { strings } from "./strings.js";

/** The languages, by their own names. */
export const languages = { en: "English", es: "Español", de: "Deutsch", ar: "العربية" };
const fromRightToLeft = new Set(["ar"]);

/** The language that the reader chose, else the browser's first known one. */
function chosen() {
  const known = [stored("language"), ...navigator.languages.map((tag) => tag.split("-")[0])].find((language) => Object.hasOwn(languages, language));
  return known ?? "en";
}

/** Loads the language, and writes the texts of the document's frame. Without the catalogue, the pages are in English. */
export async function useLanguage() {
  let language = chosen();
  if (language !== "en") {
    const answer = await fetch(new URL(`./strings.${language}.json`, import.meta.url)).catch(() => undefined);
    const catalogue = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
    if (catalogue) overlay(strings, catalogue, language);
    else language = "en";
  }
  // The browser's locale knows the region, such as the order of dates.
  const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? (language === "en" ? "en-GB" : language);
  setFormats({ locale });
  document.documentElement.lang = language;
  document.documentElement.dir = fromRightToLeft.has(language) ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-text]")) {
    const text = element.dataset.text.split(".").reduce((texts, key) => texts?.[key], strings);
    if (typeof text === "string") element.textContent = text;
  }
}

/** A control that selects the language. */
export function languageChoice() {
  const options = Object.entries(languages).map(([tag, name]) => h("option", { value: tag, lang: tag, text: name }));
  const select = h("select", { onchange: () => (store("language", select.value), location.reload()) }, options);
  select.value = document.documentElement.lang;
  return h("label", { class: "choice" }, strings.frame.language, " ", select);
}
