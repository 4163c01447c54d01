/** A busy button keeps its width and says what it is doing: <button data-busy="Đang lưu">. */
export function startForms() {
  const wait = (button) => {
    if (!button?.dataset.busy || button.getAttribute("aria-busy")) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.dataset.was = button.innerHTML;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  };
  const ready = (button) => {
    if (button.dataset.was === undefined) return;
    button.innerHTML = button.dataset.was;
    delete button.dataset.was;
    button.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("hx-confirm")) return; // it may still be declined
    const sent = event.submitter || event.target.querySelector("[data-busy]");
    setTimeout(() => { if (!event.defaultPrevented || event.target.matches("[hx-post]")) wait(sent); });
  });
  const all = () => document.querySelectorAll("[aria-busy='true'][data-busy]").forEach(ready);
  document.addEventListener("htmx:afterRequest", all);
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.target.matches("form[hx-confirm]")) wait(event.target.querySelector("[data-busy]"));
  });
  addEventListener("pageshow", all);
  // Choosing a branch, a day or a filter goes there at once.
  document.addEventListener("change", (event) => {
    if (event.target.closest("form[data-go]")) event.target.form.requestSubmit();
  });
  // A free time that is pressed fills its field: <button type="button" data-fill="time" data-value="17:30">.
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-fill]");
    const field = pressed?.closest("form")?.elements[pressed.dataset.fill];
    if (!field) return;
    field.value = pressed.dataset.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // A conversation opens at its last word.
  for (const said of document.querySelectorAll(".tk-saids")) said.scrollTop = said.scrollHeight;
  // What lies on paper: <button type="button" data-print>.
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
  // The machine's calendar writes into our field: <input type="date" data-into="id_date">, 2026-11-17 → 17/11/2026.
  document.addEventListener("click", (event) => { if (event.target.matches("input[type=date]") && event.target.closest(".pick")) event.target.showPicker?.(); });
  document.addEventListener("change", (event) => {
    const field = document.getElementById(event.target.dataset?.into || "");
    if (!field || !event.target.value) return;
    event.stopImmediatePropagation();
    field.value = event.target.value.split("-").reverse().join("/");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);
}
