/** Me: what others may see, who looked, the own data, and signing out. */
import { avatar } from "./avatar.js";
import { cardForm } from "./card.js";
import { bdi, fill, h, save } from "./dom.js";
import { fullName } from "./format.js";
import { explainRefusal } from "./login.js";
import { endNotifications, forgetBrowser, notificationSwitch } from "./notifications.js";
import { pauseBox } from "./pause.js";
import { consentForm } from "./privacy.js";
import { readings } from "./readings.js";
import { load } from "./states.js";
import { strings } from "./strings.js";

const text = strings.me;

export async function mePage(context) {
  const { main, signal, services, session, router } = context;
  router.title(text.title);
  if (!session.personID) return router.go(session.isRequired ? "/sign-in?return=/me" : "/", true);
  const page = h("div", { class: "narrow" });
  fill(main, page);
  await load(page, 8, signal, async () => {
    const id = session.personID;
    const [{ value: person }, notifications] = await Promise.all([services.get(`/api/persons/${id}`, {}, signal), notificationSwitch(context)]);
    return [
      h("header", { class: "sheet-head" }, avatar(person, "large"), h("div", { class: "who" }, h("h1", {}, bdi(fullName(person))), h("p", { class: "quiet" }, bdi(person.company_name)))),
      session.isOpen && h("p", { class: "notice", text: strings.open.meaning }),
      h("p", { class: "actions links" }, h("a", { class: "button", href: "/phone", text: text.phone }), ...leaving(context)),
      section("consents", text.consents, text.consentsHint, consentForm(id, context)),
      section("pause", text.pause, text.pauseHint, pauseBox(id, context)),
      notifications && section("notifications", text.notifications, text.notificationsHint, notifications),
      section("card", text.card, text.cardHint, cardForm(id, context)),
      section("looked", text.looked, text.lookedHint, session.isSignedIn ? readings(context) : h("p", { class: "quiet", text: text.lookedOpen })),
      section("data", text.data, text.dataHint, ownData(id, context)),
    ].filter(Boolean);
  });
}

const section = (id, title, hint, ...content) => h("section", { class: "box", "aria-labelledby": id }, h("h2", { id, text: title }), h("p", { class: "quiet", text: hint }), ...content);

/** Buttons that end the session, or the choice of a person. */
function leaving({ services, session, signal }) {
  const failure = h("span", { class: "bad", role: "alert" });
  const leave = (isEverywhere) => async () => {
    // Signing out matters more than what is left of a subscription.
    await endNotifications(services, isEverywhere, signal).catch((error) => console.info(error));
    try {
      await session.signOut(isEverywhere, signal);
    } catch (error) {
      failure.textContent = error.message || strings.unreachable;
    }
  };
  if (!session.isSignedIn) return [h("button", { type: "button", text: text.another, onclick: () => session.choose(undefined) })];
  return [h("button", { type: "button", text: text.signOut, onclick: leave(false) }), h("button", { type: "button", class: "plain", text: text.signOutEverywhere, onclick: leave(true) }), failure];
}

/** The copy of the own data, and the erasure. */
function ownData(id, context) {
  const { services, session, signal } = context;
  const status = h("p", { role: "status" });
  const erase = async () => {
    if (!confirm.checked) return void (status.textContent = text.confirmFirst);
    try {
      await services.remove(`/api/persons/${id}`, {}, signal);
      await forgetBrowser().catch((error) => console.info(error));
      session.forget();
    } catch (error) {
      await explainRefusal(status, error, context);
    }
  };
  const copy = async () => {
    status.textContent = strings.exports.preparing(text.export);
    try {
      save(`udaconnect-${id}.zip`, await services.getFile("/api/me/export", {}, "application/zip", signal));
      status.textContent = "";
    } catch (error) {
      await explainRefusal(status, error, context);
    }
  };
  const confirm = h("input", { type: "checkbox", id: "confirm" });
  return [
    session.isSignedIn && h("p", {}, h("button", { type: "button", text: text.export, onclick: copy })),
    h("details", {}, h("summary", { text: text.erase }), h("p", { text: text.eraseHint }), h("p", { class: "check" }, confirm, h("label", { for: "confirm", text: text.confirm })), h("p", { class: "actions" }, h("button", { type: "button", class: "danger", text: text.eraseNow, onclick: erase }))),
    status,
  ].filter(Boolean);
}
