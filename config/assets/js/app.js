// The staff's side. Pages come from the server; this file moves focus, opens and closes.
import htmx from "htmx.org";
import Alpine from "@alpinejs/csp";
import focus from "@alpinejs/focus";
import { startRequests } from "./requests.js";
import { startKeys } from "./keys.js";
import { startSearch } from "./search.js";
import { startDrawer } from "./drawer.js";
import { startTheme } from "./theme.js";
import { startForms } from "./forms.js";
import { startTalk } from "./talk.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // patients' pages are never kept in the browser's storage
  refreshOnHistoryMiss: true,
  defaultSwapDelay: 0,
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

Alpine.plugin(focus);
// One small state for disclosure in place: x-data="open", x-on:click="toggle", x-show="shown".
Alpine.data("open", () => ({
  shown: false,
  toggle() { this.shown = !this.shown; },
  hide() { this.shown = false; },
}));

startTheme();
startRequests(htmx);
startSearch(htmx);
startDrawer(htmx);
startForms(htmx);
startTalk();
startKeys();
window.Alpine = Alpine;
Alpine.start();
