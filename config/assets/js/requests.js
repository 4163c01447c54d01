import { toast } from "./toast.js";
import { word } from "./words.js";

/** CSRF, the thin line after 300 ms, and a bar that keeps what was typed when the wire fails. */
export function startRequests(htmx) {
  const line = document.querySelector(".tk-line");
  let busy = 0;
  let timer = 0;
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });
  document.addEventListener("htmx:beforeSend", () => {
    busy += 1;
    if (busy === 1) timer = setTimeout(() => line?.classList.add("on"), 300);
  });
  document.addEventListener("htmx:afterRequest", () => {
    busy = Math.max(0, busy - 1);
    if (busy) return;
    clearTimeout(timer);
    line?.classList.remove("on");
  });
  const failed = (event) => {
    const { elt, requestConfig } = event.detail;
    const polled = (elt.getAttribute("hx-trigger") || "").includes("every");
    if (polled) return; // what is read stays readable; the next poll tries again
    const again = () => htmx.trigger(elt, requestConfig.triggeringEvent?.type || "click");
    toast(word(requestConfig.verb === "get" ? "unread" : "unsaved"), { kind: "bad", again });
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) location.reload();
    else if (xhr.status === 403) toast(word("forbidden"), { kind: "bad" });
    else if (xhr.status === 404) toast(word("gone"), { kind: "bad" });
    else failed(event);
  });
  // A view may say what it did: HX-Trigger: {"toast": {"text": "…", "kind": ""}}
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, { kind: event.detail.kind }));
  for (const said of document.querySelectorAll("#messages > [data-text]"))
    toast(said.dataset.text, { kind: said.dataset.kind });
  const offline = document.getElementById("offline");
  const show = () => { if (offline) offline.hidden = navigator.onLine; };
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}
