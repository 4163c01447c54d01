import { word } from "./words.js";

/** Say what was done. kind: "" or "bad"; `again` offers to repeat and keeps the bar until it is used. */
export function toast(text, { kind = "", again = null, label = "" } = {}) {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const bar = document.createElement("div");
  bar.className = `tk-toast ${kind}`;
  const said = document.createElement("span");
  said.textContent = text;
  bar.append(said);
  if (again) bar.append(button(label || word("again"), () => { bar.remove(); again(); }));
  const shut = button("✕", () => bar.remove());
  shut.className = "shut";
  shut.setAttribute("aria-label", word("close"));
  bar.append(shut);
  place.replaceChildren(...[...place.children].slice(-2), bar);
  stand(place);
  if (!again) setTimeout(() => bar.remove(), kind === "bad" ? 12000 : 6000);
}

/** While a dialog is open all around it is inert, so the bars stand inside it; afterwards in the page again. */
function stand(place) {
  const dialog = document.querySelector("dialog[open]");
  const home = dialog || document.body;
  if (place.parentElement !== home) home.append(place);
  dialog?.addEventListener("close", () => stand(place), { once: true });
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
