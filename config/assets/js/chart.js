// Charts of numbers' pages: <div data-chart="trend" data-from="json-script-id" role="img" aria-label="…">.
import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, BarChart, GridComponent, TooltipComponent, MarkLineComponent, AriaComponent, SVGRenderer]);

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const text = () => ({ color: css("--tk-ink-3"), fontFamily: "TK Num, Be Vietnam Pro, sans-serif", fontSize: 11 });

function axes(labels, low, high) {
  return {
    grid: { left: 30, right: 14, top: 14, bottom: 24 },
    xAxis: { type: "category", data: labels, boundaryGap: false, axisLine: { lineStyle: { color: css("--viz-grid") } }, axisTick: { show: false }, axisLabel: { ...text(), hideOverlap: true } },
    yAxis: { type: "value", min: low, max: high, splitNumber: 3, interval: high === undefined ? undefined : high - low > 40 ? 20 : 10, splitLine: { lineStyle: { color: css("--viz-grid") } }, axisLabel: text() },
  };
}

/** {labels, values, low, high, before, marks:[{at, text}]}: the line with its range; values per 100 or null. */
function trend(data) {
  const shown = [...data.values, ...(data.low || []), ...(data.high || []), ...(data.before || [])].filter((v) => v !== null);
  const top = Math.min(100, Math.ceil((Math.max(...shown) + 4) / 10) * 10);
  const bottom = Math.max(0, Math.floor((Math.min(...shown) - 4) / 10) * 10);
  const least = Math.max(0, top - Math.ceil((top - bottom) / 20) * 20); // whole steps of ten or twenty
  const most = least + Math.ceil((top - least) / 20) * 20;
  const last = data.values.findLastIndex((v) => v !== null);
  const series = [];
  if (data.low) {
    const hidden = { type: "line", stack: "range", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
    series.push({ ...hidden, data: data.low });
    series.push({ ...hidden, data: data.high.map((v, i) => (v === null ? null : v - data.low[i])), areaStyle: { color: css("--viz-band"), opacity: 1 } });
  }
  if (data.before) series.push({ type: "line", data: data.before, symbol: "none", silent: true, lineStyle: { color: css("--viz-ref"), width: 1.5, type: [4, 4] } });
  series.push({
    type: "line", name: data.name || "", data: data.values.map((v, i) => ({ value: v, symbol: i === last ? "circle" : "none" })),
    symbolSize: 9, lineStyle: { color: css("--viz-1"), width: 2 }, itemStyle: { color: css("--viz-1"), borderColor: css("--color-base-100"), borderWidth: 2 }, z: 5,
    markLine: data.marks?.length ? { silent: true, symbol: "none", lineStyle: { color: css("--viz-ref"), type: [3, 3] }, label: { ...text(), formatter: (p) => p.name }, data: data.marks.map((m) => ({ xAxis: m.at, name: m.text })) } : undefined,
  });
  return { ...axes(data.labels, least, most), series, tooltip: tooltip(data) };
}

function tooltip(data) {
  return {
    trigger: "axis", confine: true, backgroundColor: css("--color-base-100"), borderColor: css("--color-base-300"), textStyle: { color: css("--color-base-content"), fontSize: 12, fontFamily: "Be Vietnam Pro, sans-serif" },
    extraCssText: "box-shadow: var(--tk-shadow-pop); border-radius: 10px;", axisPointer: { lineStyle: { color: css("--viz-ref") } },
    formatter: (points) => { const i = points[0].dataIndex; return data.said?.[i] || `${data.labels[i]}: ${data.values[i] ?? "–"}`; },
  };
}

/** {labels, values}: counts as bars. */
function bars(data) {
  const base = axes(data.labels, 0, undefined);
  base.xAxis.boundaryGap = true;
  return { ...base, series: [{ type: "bar", data: data.values, barMaxWidth: 28, itemStyle: { color: css("--viz-1"), borderRadius: [3, 3, 0, 0] } }], tooltip: tooltip(data) };
}

const kinds = { trend, bars };

function draw(node) {
  const data = JSON.parse(document.getElementById(node.dataset.from).textContent);
  const chart = node.tkChart || init(node, null, { renderer: "svg" });
  node.tkChart = chart;
  chart.setOption({ animation: false, aria: { enabled: false }, ...kinds[node.dataset.chart](data) }, true);
}

const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
all();
document.addEventListener("htmx:afterSettle", all);
document.addEventListener("theme", all);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
let timer = 0;
addEventListener("resize", () => {
  clearTimeout(timer);
  timer = setTimeout(() => document.querySelectorAll("[data-chart]").forEach((node) => node.tkChart?.resize()), 120);
});
