/** Signs in: by the code of a claim, typed or in the link, or at the organisation's issuer. */
import { fill, h } from "./dom.js";
import { issuerLogin } from "./login.js";
import { strings } from "./strings.js";

const text = strings.signIn;

export async function signInPage({ main, query, signal, services, session, router }) {
  router.title(text.title);
  const failure = h("p", { class: "bad", role: "alert", text: query.get("login") === "failed" ? text.failed : "" });
  const target = localPath(query.get("return"));
  const submit = h("button", { class: "primary", text: text.submit });
  // The code is after the # of a link, so that no server and no log gets it.
  const code = h("input", { id: "code", name: "code", value: location.hash.slice(1), maxlength: 64, autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", required: true, "aria-describedby": "code-hint" });
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  const send = async (event) => {
    event.preventDefault();
    failure.textContent = "";
    submit.disabled = true;
    const here = location.pathname + location.search;
    try {
      // The change of the session shows the page of the address.
      history.replaceState(null, "", target);
      await session.signIn(code.value.trim(), signal);
    } catch (error) {
      if (signal.aborted) return;
      history.replaceState(null, "", here);
      failure.textContent = error.problem?.detail ?? (error.message || strings.unreachable);
      code.focus();
    } finally {
      submit.disabled = false;
    }
  };
  const leave = () => session.signOut(false, signal).catch((error) => (failure.textContent = error.message || strings.unreachable));
  // A login at the issuer is not a person until a code connects it with one.
  const isUnconnected = session.isSignedIn && !session.personID;
  const issuer = h("p", { hidden: true });
  fill(
    main,
    h(
      "div",
      { class: "narrow" },
      h("h1", { text: text.title }),
      h("p", { class: "lead", text: !session.isRequired ? text.open : isUnconnected ? text.unconnected : text.lead }),
      h("form", { class: "stack", onsubmit: send }, h("p", {}, h("label", { for: "code", text: text.code }), code), h("p", { class: "quiet", id: "code-hint", text: text.hint }), failure, h("p", { class: "actions" }, submit, isUnconnected && h("button", { type: "button", class: "plain", text: strings.me.signOut, onclick: leave }))),
      issuer,
    ),
  );
  if (!session.isRequired) return;
  if (code.value) code.form.requestSubmit();
  if (isUnconnected) return;
  const address = await issuerLogin(services, target, false, signal);
  if (address) fill(issuer, h("a", { class: "button", href: address, target: "_self", text: text.organisation }));
  issuer.hidden = !address;
}

/** A path of this site; anything else leads to the first page. */
function localPath(text) {
  return text && /^\/(?![/\\])/.test(text) ? text : "/";
}
