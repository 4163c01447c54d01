/** Keys of the desk. No single letters: Telex and VNI eat them. */
const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
const visible = (node) => node.getClientRects().length > 0;

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (/^F\d+$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) return pressNamed(event);
    if ((event.key === "k" || event.key === "K") && (event.ctrlKey || event.metaKey)) return startFinding(event, "");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest?.("form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") return startFinding(event, "");
    if (/^[0-9]$/.test(event.key)) return startFinding(event, event.key);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") moveRow(event);
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.tk-menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.tk-menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

/** F2, F4, F8, F9: the chosen row of the search first, then what the page shows under that key. */
function pressNamed(event) {
  const chosen = document.querySelector(`#found [aria-selected="true"] [data-key="${event.key}"]`);
  const shown = [...document.querySelectorAll(`dialog[open] [data-key="${event.key}"], main [data-key="${event.key}"], .tk-top [data-key="${event.key}"]`)];
  const target = chosen || shown.find(visible);
  if (!target) return;
  event.preventDefault();
  target.click();
}

function startFinding(event, first) {
  const field = document.getElementById("search");
  if (!field) return;
  event.preventDefault();
  field.focus();
  if (first) {
    field.value = first;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else field.select();
}

/** Arrow keys walk a list: <ul data-rows> with links or buttons marked data-row. */
function moveRow(event) {
  const list = event.target.closest?.("[data-rows]");
  if (!list) return;
  const rows = [...list.querySelectorAll("[data-row]")].filter(visible);
  const at = rows.indexOf(document.activeElement.closest("[data-row]"));
  const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) { event.preventDefault(); next.focus(); }
}
