// The day by dentists: <div data-calendar data-from="json-script-id">, or data-src="/today/events/?…" to be read again.
import "../css/calendar.css";
import { createCalendar, destroyCalendar, Interaction, ResourceTimeGrid, TimeGrid } from "@event-calendar/core";

const SLOT = 32; // px of half an hour
const icons = JSON.parse(document.getElementById("calendar-icons")?.textContent || "{}");
const escape = (text) => { const box = document.createElement("i"); box.textContent = text || ""; return box.innerHTML; };
const svg = (state) => (icons[state] ? `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[state]}</svg>` : "");

const minutes = (from, to) => (new Date(to) - new Date(from)) / 60000;

/** One appointment: state by fill, icon and (for a screen reader) word; a link, so it opens by keyboard too. */
function content({ event }) {
  if (event.display === "background") return { html: event.title ? `<span class="off">${escape(event.title)}</span>` : "" };
  const { state, line, word, url } = event.extendedProps;
  const short = minutes(event.start, event.end) <= 30 ? " short" : "";
  const place = url ? `href="${escape(url)}" hx-get="${escape(url)}" hx-target="#drawer-body" hx-swap="innerHTML"` : "";
  return { html: `<a draggable="false" class="tk-ev ${escape(state)}${short}" ${place}><span class="n">${svg(state)}<span>${escape(event.title)}</span></span><span class="l">${escape(line)}</span><span class="sr-only">${escape(word)}</span></a>` };
}

function openIn(url) {
  window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
}

/** Dropped elsewhere: the drawer asks to move it there. Nothing moves before she says so, so the event goes back. */
function dropped({ event, newResource, revert }) {
  const pad = (n) => String(n).padStart(2, "0"), at = event.start;
  const start = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
  const whose = newResource ? `&dentist=${newResource.id === "nobody" ? "" : encodeURIComponent(newResource.id)}` : "";
  revert();
  openIn(`/appointments/${encodeURIComponent(event.id)}/move/?start=${encodeURIComponent(start)}${whose}`);
}

/** The name over a dentist's column; in the week by dentists `notes` says of each day how many she has. */
function label({ resource, date }) {
  const { note, notes } = resource.extendedProps || {};
  const pad = (n) => String(n).padStart(2, "0");
  const of = date && notes ? notes[`${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`] : "";
  return { html: `<div>${escape(resource.title)}<small>${escape(of || note)}</small></div>` };
}

/** data: {date, from, to, now, resources: [{id, title, extendedProps: {note}}], events: [...], breaks: [...], newUrl}; the week also {view, today, hiddenDays} */
function options(data) {
  const wide = data.view === "resourceTimeGridWeek";
  const breaks = (data.breaks || []).map((b) => ({ ...b, display: "background" }));
  return {
    view: data.view || "resourceTimeGridDay", firstDay: 1, dayHeaderFormat: { weekday: "short", day: "2-digit", month: "2-digit" }, date: data.date, locale: document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, headerToolbar: { start: "", center: "", end: "" },
    slotMinTime: data.from, slotMaxTime: data.to, slotDuration: "00:30", slotHeight: SLOT, allDaySlot: false, nowIndicator: false,
    resources: data.resources, events: [...data.events, ...breaks], eventContent: content, height: "auto", slotEventOverlap: false,
    editable: false, eventStartEditable: false, eventDurationEditable: false, eventDrop: dropped, // each event says whether it may be dragged
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false }, slotLabelInterval: "01:00",
    resourceLabelContent: label, hiddenDays: data.hiddenDays || [],
    ...(wide ? { datesAboveResources: true, columnWidth: "minmax(132px, 1fr)", highlightedDates: [data.today] } : {}),
    eventDidMount: ({ el }) => window.htmx?.process(el),
    dateClick: ({ dateStr, resource, jsEvent }) => {
      if (!data.newUrl || jsEvent.target.closest("a")) return;
      openIn(`${data.newUrl}${data.newUrl.includes("?") ? "&" : "?"}start=${encodeURIComponent(dateStr.slice(0, 16))}&dentist=${encodeURIComponent(resource?.id || data.dentist || "")}`);
    },
  };
}

/** The grid is a picture of the day, its twin the day list is the table: no half-filled table roles. */
function unrole(node, label) {
  for (const part of node.querySelectorAll("[role]")) if (/^(table|row|rowgroup|cell|columnheader|button)$/.test(part.getAttribute("role"))) part.removeAttribute("role");
  for (const name of ["aria-colindex", "aria-colspan"]) for (const part of node.querySelectorAll(`[${name}]`)) part.removeAttribute(name);
  for (const part of node.querySelectorAll("article[tabindex]")) part.removeAttribute("tabindex");
  node.setAttribute("role", "group");
  if (label) node.setAttribute("aria-label", label);
}

/** The line of now follows the product's clock: the server says the time, this counts on from it. */
function drawNow(node, data) {
  node.querySelectorAll(".tk-now, .tk-now-at").forEach((part) => part.remove());
  if (!data.now) return;
  const at = new Date(new Date(data.now).getTime() + (performance.now() - node.tkDrawn));
  const from = minutes(`${data.date}T${data.from}`, at);
  if (from < 0 || from > minutes(`${data.date}T${data.from}`, `${data.date}T${data.to}`)) return;
  const top = `${(from / 30) * SLOT}px`;
  const line = Object.assign(document.createElement("div"), { className: "tk-now" });
  line.style.top = top;
  const said = Object.assign(document.createElement("div"), { className: "tk-now-at num" });
  said.style.top = top;
  said.textContent = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  node.querySelector(".ec-body .ec-events")?.prepend(line);
  node.querySelector(".ec-body .ec-sidebar")?.append(said);
}

/** By dentists a week is wider than the page: it opens at today, and where she had moved to when it is drawn anew. */
const places = new Map();
function place(node, data) {
  const main = node.querySelector(".ec-main"), kept = places.get(node.id);
  const days = [...node.querySelectorAll(".ec-header .ec-col-group")];
  for (const day of days) day.classList.add("tk-day-start");
  const each = data.resources.length;
  for (const part of [".ec-header .ec-col-head", ".ec-body .ec-day"]) node.querySelectorAll(part).forEach((column, number) => column.classList.toggle("tk-day-start", each > 1 && number % each === 0));
  const today = node.querySelector(".ec-header .ec-highlight");
  main.scrollLeft = kept ? kept.left : today ? today.offsetLeft - node.querySelector(".ec-header .ec-sidebar").offsetWidth : 0;
  main.scrollTop = kept ? kept.top : 0;
}

function draw(node) {
  const data = JSON.parse(document.getElementById(node.dataset.from).textContent);
  node.tkCalendar = createCalendar(node, [ResourceTimeGrid, TimeGrid, Interaction], options(data));
  node.tkDrawn = performance.now();
  node.style.setProperty("--cols", data.view === "timeGridWeek" ? 7 : data.resources.length || 1);
  requestAnimationFrame(() => { unrole(node, node.dataset.label); drawNow(node, data); if (data.view === "resourceTimeGridWeek") place(node, data); });
  node.tkTimer = setInterval(() => drawNow(node, data), 30000);
}

/** What lives around the calendar says which version stands (#day-version); the grid follows it. */
async function follow() {
  const version = document.getElementById("day-version")?.value;
  for (const node of document.querySelectorAll("[data-calendar][data-src]")) {
    if (!node.tkCalendar || !version || node.dataset.version === version) continue;
    node.dataset.version = version;
    const answer = await fetch(node.dataset.src, { headers: { Accept: "application/json" } });
    if (!answer.ok) continue; // the next version tries again
    const data = await answer.json();
    const next = options(data);
    for (const name of ["resources", "events", "slotMinTime", "slotMaxTime"]) node.tkCalendar.setOption(name, next[name]);
    requestAnimationFrame(() => { unrole(node, node.dataset.label); drawNow(node, data); });
  }
}

const all = () => document.querySelectorAll("[data-calendar]").forEach((node) => {
  if (node.getClientRects().length && !node.tkCalendar) draw(node);
});
all();
document.addEventListener("htmx:afterSettle", () => { all(); follow(); });
document.addEventListener("htmx:oobAfterSwap", follow);
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  const node = event.target;
  if (!node.tkCalendar) return;
  clearInterval(node.tkTimer);
  const main = node.querySelector(".ec-main");
  if (main && node.id) places.set(node.id, { left: main.scrollLeft, top: main.scrollTop });
  destroyCalendar(node.tkCalendar);
});
addEventListener("resize", all);
