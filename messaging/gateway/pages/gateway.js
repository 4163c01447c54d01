// Keeps the open page in step with the book: asks once a second, draws only what changed.
"use strict";

const EVERY_MS = 1000;
const live = document.querySelector("[data-live]");
const clock = document.querySelector("[data-clock]");

const toNewest = () => {
  if (live.classList.contains("thread")) live.scrollTop = live.scrollHeight;
};

const look = async () => {
  const address = new URL(live.dataset.live, location.origin);
  address.searchParams.set("v", live.dataset.version);
  try {
    const answer = await fetch(address);
    if (clock && answer.headers.get("X-Clock")) clock.textContent = answer.headers.get("X-Clock");
    if (answer.status === 200) {
      const atEnd = live.scrollHeight - live.scrollTop - live.clientHeight < 80;
      live.innerHTML = await answer.text();
      live.dataset.version = answer.headers.get("X-Version");
      if (atEnd) toNewest();
    }
  } catch {
    // The gateway is restarting; the next look finds it.
  }
  setTimeout(look, EVERY_MS);
};

if (live) {
  toNewest();
  setTimeout(look, EVERY_MS);
}
