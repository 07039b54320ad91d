/** The initials of a person in a circle. */
import { h } from "./dom.js";

const initials = ({ first_name, last_name }) => [first_name, last_name].map((name) => [...name][0] ?? "").join("");

/** Initials on a colour that belongs to the person. */
export function avatar(person, kind = "") {
  const element = h("span", { class: `avatar tinted ${kind}`, "aria-hidden": "true", text: initials(person) });
  element.style.setProperty("--hue", (person.id * 137) % 360);
  return element;
}
