/**
 * One picture or file with an answer: its name, a preview, and a photo made small enough to be taken.
 * <div data-attach data-image="1000000" data-file="5000000"><input type="file">…</div>
 */
const PICTURES = ["image/jpeg", "image/png"];
const NAMES = /\.(jpe?g|png|pdf|docx?)$/i;
const WIDEST = 2000;

const parts = (box) => ({
  input: box.querySelector("input[type=file]"),
  chosen: box.querySelector("[data-chosen]"),
  problem: box.querySelector("[data-problem]"),
  picture: box.querySelector("[data-chosen] img"),
  name: box.querySelector("[data-chosen] .name"),
});

const clear = (box, why = "") => {
  const { input, chosen, problem, picture } = parts(box);
  input.value = "";
  chosen.hidden = true;
  picture.hidden = true;
  picture.removeAttribute("src");
  problem.textContent = why;
};

/** A photo of the desk's phone is some MB: drawn anew, smaller each time, until it fits. */
async function shrunk(file, most) {
  const drawn = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  for (let scale = Math.min(1, WIDEST / Math.max(drawn.width, drawn.height)); scale > 0.1; scale *= 0.8) {
    canvas.width = Math.round(drawn.width * scale);
    canvas.height = Math.round(drawn.height * scale);
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff"; // a PNG may be see-through, a JPEG is not
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(drawn, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (blob && blob.size <= most) return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" });
  }
  return null;
}

const preview = (file, picture) => {
  const reader = new FileReader();
  reader.onload = () => { picture.src = reader.result; picture.hidden = false; };
  reader.readAsDataURL(file);
};

async function show(box) {
  const { input, chosen, problem, picture, name } = parts(box);
  let file = input.files[0];
  if (!file) return clear(box);
  problem.textContent = "";
  if (!NAMES.test(file.name)) return clear(box, box.dataset.wrong);
  const isPicture = PICTURES.includes(file.type);
  const most = Number(isPicture ? box.dataset.image : box.dataset.file);
  if (isPicture && file.size > most) {
    const small = await shrunk(file, most).catch(() => null);
    if (small) {
      const list = new DataTransfer();
      list.items.add(small);
      input.files = list.files;
      file = small;
    }
  }
  if (file.size > most) return clear(box, box.dataset.large);
  name.textContent = `${file.name} · ${Math.max(1, Math.round(file.size / 1000))} KB`;
  chosen.hidden = false;
  picture.hidden = true;
  if (isPicture) preview(file, picture);
}

export function startTalk() {
  // A conversation opens at its end: what was said last is what she came for.
  // It stays there while what stands above comes in, until she scrolls back.
  for (const said of document.querySelectorAll(".tk-saids")) {
    let atEnd = true;
    said.addEventListener("scroll", () => { atEnd = said.scrollHeight - said.scrollTop - said.clientHeight < 40; });
    new ResizeObserver(() => { if (atEnd) said.scrollTop = said.scrollHeight; }).observe(said);
  }
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-attach]");
    if (box && event.target.type === "file") show(box);
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-attach] button")?.closest("[data-attach]");
    if (box) { clear(box); parts(box).input.focus(); }
  });
  // A picture that is pasted or dropped into the answer is its picture.
  document.addEventListener("paste", (event) => {
    const input = event.target.closest?.("form")?.querySelector("[data-attach] input[type=file]");
    if (!input || !event.clipboardData?.files.length) return;
    input.files = event.clipboardData.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  });
}
