// Builds the front end into config/static_build/ (ignored): node config/assets/build.mjs
// Nothing built is committed; everything built comes from the lock file and this folder.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const built = join(root, "config/static_build");
const out = `${built}.${process.pid}`; // made beside, then put in place at once: a running page never meets half of it
const modules = join(root, "node_modules");
const apps = ["config", "kpi", "followup", "messaging", "patients", "clinics", "templates"];

/** Every file under `folder` whose name ends with one of `ends`. */
function walk(folder, ends, found = []) {
  if (!existsSync(folder)) return found;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith("static_build") || ["node_modules", "migrations", "__pycache__", "assets"].includes(name)) continue;
    if (statSync(path).isDirectory()) walk(path, ends, found);
    else if (ends.some((end) => name.endsWith(end))) found.push(path);
  }
  return found;
}

function fonts() {
  const target = join(out, "fonts");
  mkdirSync(target, { recursive: true });
  const take = (family, subsets) => {
    for (const subset of subsets)
      for (const weight of [400, 500, 600]) {
        const name = `${family}-${subset}-${weight}-normal.woff2`;
        cpSync(join(modules, "@fontsource", family, "files", name), join(target, name));
      }
  };
  take("be-vietnam-pro", ["latin", "latin-ext", "vietnamese"]);
  take("inter", ["latin"]);
}

/** The inside of an svg file, without its frame. */
const inside = (path) =>
  readFileSync(path, "utf8")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
    .replace("</svg>", "")
    .replace(/\s*\n\s*/g, "")
    .trim();

/** Icons in use: every word of the sources that is the name of a lucide icon, and our own glyphs. */
function icons() {
  const lucide = join(modules, "lucide-static/icons");
  const known = new Set(readdirSync(lucide).map((name) => name.slice(0, -4)));
  const used = new Set();
  for (const app of apps)
    for (const path of walk(join(root, app), [".html", ".py"]))
      for (const word of readFileSync(path, "utf8").matchAll(/[a-z][a-z0-9]*(?:-[a-z0-9]+)*/g))
        if (known.has(word[0])) used.add(word[0]);
  const picked = {};
  for (const name of [...used].sort()) picked[name] = inside(join(lucide, `${name}.svg`));
  for (const file of readdirSync(join(here, "icons"))) {
    if (file.endsWith(".svg")) picked[file.slice(0, -4)] = inside(join(here, "icons", file));
  }
  writeFileSync(join(out, "icons.json"), JSON.stringify(picked));
  return Object.keys(picked).length;
}

function css(name) {
  const bin = join(modules, ".bin/tailwindcss");
  const args = ["-i", join(here, `css/${name}.css`), "-o", join(out, `${name}.css`), "--minify"];
  const run = spawnSync(bin, args, { cwd: root, encoding: "utf8" });
  if (run.status !== 0) {
    process.stderr.write(run.stderr || String(run.error));
    process.exit(1);
  }
}

async function scripts() {
  await build({
    entryPoints: ["app", "chart", "calendar"].map((name) => join(here, `js/${name}.js`)),
    outdir: out,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome100", "safari15", "firefox100"],
    legalComments: "none",
    logLevel: "warning",
  });
}

mkdirSync(out, { recursive: true });
fonts();
const count = icons();
await scripts();
for (const name of ["app", "patient"]) css(name);
cpSync(join(here, "icons/mark-app.svg"), join(out, "favicon.svg"));
for (const name of ["app.css", "patient.css", "app.js", "chart.js", "calendar.js", "calendar.css"]) {
  const kilobytes = Math.round(statSync(join(out, name)).size / 1024);
  process.stdout.write(`${name} ${kilobytes} kB\n`);
}
process.stdout.write(`icons ${count}\n`);
const old = `${built}.old.${process.pid}`;
if (existsSync(built)) renameSync(built, old);
renameSync(out, built);
rmSync(old, { recursive: true, force: true });
