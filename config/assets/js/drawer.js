import { toast } from "./toast.js";
import { word } from "./words.js";

/** Anything swapped into #drawer-body opens the drawer; the event "drawer-close" (HX-Trigger) shuts it. */
export function startDrawer(htmx) {
  const drawer = document.getElementById("drawer");
  const inside = document.getElementById("drawer-body");
  if (!drawer || !inside) return;
  let typed = false;
  const open = () => { if (!drawer.open) drawer.showModal(); };
  inside.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== inside) return;
    if (!inside.childElementCount) return drawer.close();
    typed = Boolean(event.detail.xhr && event.detail.xhr.status === 422);
    open();
    (inside.querySelector("[aria-invalid='true'], [autofocus]") || inside.querySelector("input:not([type=hidden]), select, textarea, button"))?.focus();
  });
  inside.addEventListener("input", () => { typed = true; });
  document.addEventListener("drawer-close", () => { typed = false; drawer.close(); setTimeout(() => inside.replaceChildren()); }); // after the other news of the same answer
  const shut = () => {
    drawer.close();
    if (typed) toast(word("draft"), { again: open, label: word("reopen") }); // nothing typed is lost
  };
  drawer.addEventListener("cancel", (event) => { event.preventDefault(); shut(); });
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer || event.target.closest("[data-shut]")) shut();
  });
  startAsking(htmx);
}

/** hx-confirm asks with the deed's own words: data-yes="Hủy lịch này" data-no="Giữ lại". */
function startAsking() {
  const ask = document.getElementById("ask");
  if (!ask) return;
  let yes = null;
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    const { elt } = event.detail;
    ask.querySelector("p").textContent = event.detail.question;
    ask.querySelector("[data-yes]").textContent = elt.dataset.yes || elt.textContent.trim();
    ask.querySelector("[data-no]").textContent = elt.dataset.no || word("keep");
    yes = () => event.detail.issueRequest(true);
    ask.showModal();
  });
  ask.addEventListener("click", (event) => {
    if (event.target.closest("[data-yes]")) { ask.close(); yes?.(); }
    else if (event.target === ask || event.target.closest("[data-no]")) ask.close();
  });
}
