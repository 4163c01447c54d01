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

// A picture that was chosen is named where the words go, so that nobody sends it unseen.
const picture = document.querySelector(".composer input[type=file]");
if (picture) {
  picture.addEventListener("change", () => {
    const text = picture.form.elements.text;
    const name = picture.files.length ? picture.files[0].name : "";
    picture.parentElement.classList.toggle("chosen", Boolean(name));
    text.placeholder = name || text.dataset.placeholder;
  });
}
