/** A canvas with bars, drawn by Chart.js: the only file that knows the library. */

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  LinearScale,
  Tooltip,
} from "chart.js";
import { cut, short } from "./cells.js";
import type { Bars } from "./chartRows.js";
import type { Ink } from "./seriesColours.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const LETTER = 6.4;
const LABEL_SHARE = 0.36;

export type BarChart = Chart<"bar", (number | null)[], string>;

export function draw(canvas: HTMLCanvasElement, bars: Bars, ink: Ink): BarChart {
  return new Chart(canvas, configuration(bars, ink));
}

/** Which line or period is under a place of the canvas, in pixels. */
export function indexAt(chart: BarChart, x: number, y: number): number | null {
  const scale = chart.options.indexAxis === "y" ? chart.scales.y : chart.scales.x;
  const index = scale?.getValueForPixel(chart.options.indexAxis === "y" ? y : x);
  const last = (chart.data.labels?.length ?? 0) - 1;
  return index === undefined || last < 0 ? null : Math.min(Math.max(Math.round(index), 0), last);
}

function configuration(bars: Bars, ink: Ink): ChartConfiguration<"bar", (number | null)[], string> {
  const values = {
    stacked: bars.overTime,
    beginAtZero: true,
    border: { display: false },
    grid: { color: ink.line },
    ticks: {
      color: ink.muted,
      font: fontOf(ink),
      maxTicksLimit: 5,
      callback: (value: string | number) => short(Number(value), bars.kind),
    },
  };
  const names = {
    stacked: bars.overTime,
    border: { color: ink.line },
    grid: { display: false },
    ticks: bars.overTime
      ? { color: ink.muted, font: fontOf(ink), maxRotation: 0, autoSkipPadding: 14 }
      : lineLabels(bars, ink),
  };
  return {
    type: "bar",
    data: {
      labels: bars.labels,
      datasets: bars.series.map((one) => ({
        label: one.label,
        data: one.values,
        backgroundColor: one.colours,
        hoverBackgroundColor: one.colours,
        borderRadius: bars.overTime ? 0 : 3,
        maxBarThickness: bars.overTime ? 28 : 18,
        categoryPercentage: bars.overTime ? 0.86 : 0.8,
        barPercentage: bars.overTime ? 1 : 0.92,
      })),
    },
    options: {
      indexAxis: bars.overTime ? "x" : "y",
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", axis: bars.overTime ? "x" : "y", intersect: false },
      scales: bars.overTime ? { x: names, y: values } : { x: values, y: names },
      plugins: { tooltip: tooltip(bars, ink) },
    },
  };
}

function fontOf(ink: Ink) {
  return { family: ink.font, size: 11 };
}

/** Names beside lying bars, shortened to their share of the width. */
function lineLabels(bars: Bars, ink: Ink) {
  return {
    color: ink.text,
    font: fontOf(ink),
    autoSkip: false,
    crossAlign: "far" as const,
    callback(this: { chart: Chart }, _: string | number, index: number) {
      return cut(bars.labels[index] ?? "", Math.floor((this.chart.width * LABEL_SHARE) / LETTER));
    },
  };
}

function tooltip(bars: Bars, ink: Ink) {
  return {
    backgroundColor: ink.text,
    titleColor: ink.page,
    bodyColor: ink.page,
    padding: 8,
    cornerRadius: 6,
    boxPadding: 4,
    caretSize: 0,
    titleFont: fontOf(ink),
    bodyFont: fontOf(ink),
    filter: (item: { raw: unknown }) => item.raw !== null,
    callbacks: {
      title: (items: { dataIndex: number }[]) => cut(bars.labels[items[0]?.dataIndex ?? 0] ?? "", 60),
      label: ({ datasetIndex, dataIndex }: { datasetIndex: number; dataIndex: number }) => {
        const series = bars.series[datasetIndex];
        const said = series?.said[dataIndex] ?? "";
        return bars.series.length > 1 || bars.overTime
          ? ` ${cut(series?.label ?? "", 30)}: ${said}`
          : ` ${said}`;
      },
    },
  };
}
