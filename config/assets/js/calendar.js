// The day by dentists: <div data-calendar data-from="json-script-id">, or data-src="/today/events/?…" to be read again.
import "../css/calendar.css";
import { createCalendar, destroyCalendar, Interaction, ResourceTimeGrid } from "@event-calendar/core";

const icons = JSON.parse(document.getElementById("calendar-icons")?.textContent || "{}");
const escape = (text) => { const box = document.createElement("i"); box.textContent = text || ""; return box.innerHTML; };
const svg = (state) => (icons[state] ? `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[state]}</svg>` : "");

/** One appointment: state by fill, icon and (for a screen reader) word. */
function content({ event }) {
  if (event.display === "background") return undefined;
  const { state, line, word } = event.extendedProps;
  return { html: `<div class="tk-ev ${escape(state)}"><div class="n">${svg(state)}<span>${escape(event.title)}</span><span class="sr-only">${escape(word)}</span></div><div class="l">${escape(line)}</div></div>` };
}

function openIn(url) {
  window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
}

/** data: {date, from, to, now, resources: [{id, title, note}], events: [...], breaks: [...], newUrl} */
function options(data) {
  const breaks = (data.breaks || []).map((b) => ({ ...b, display: "background" }));
  return {
    view: "resourceTimeGridDay", date: data.date, locale: document.documentElement.lang, headerToolbar: { start: "", center: "", end: "" },
    slotMinTime: data.from, slotMaxTime: data.to, slotDuration: "00:30", slotHeight: 32, allDaySlot: false, nowIndicator: true,
    resources: data.resources, events: [...data.events, ...breaks], eventContent: content, editable: false, selectable: Boolean(data.newUrl),
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false }, slotLabelInterval: "01:00", height: "auto", slotEventOverlap: false,
    customScrollbars: false,
    resourceLabelContent: ({ resource }) => ({ html: `<div>${escape(resource.title)}<small>${escape(resource.extendedProps?.note)}</small></div>` }),
    eventClick: ({ event }) => { if (event.extendedProps.url) openIn(event.extendedProps.url); },
    dateClick: ({ dateStr, resource }) => {
      if (data.newUrl) openIn(`${data.newUrl}?start=${encodeURIComponent(dateStr)}&dentist=${encodeURIComponent(resource?.id || "")}`);
    },
  };
}

function draw(node) {
  const data = JSON.parse(document.getElementById(node.dataset.from).textContent);
  if (node.tkCalendar) destroyCalendar(node.tkCalendar);
  node.tkCalendar = createCalendar(node, [ResourceTimeGrid, Interaction], options(data));
}

const all = () => document.querySelectorAll("[data-calendar]").forEach((node) => {
  if (node.getClientRects().length && !node.tkCalendar) draw(node);
});
all();
document.addEventListener("htmx:afterSettle", all);
addEventListener("resize", all);
