import type { Figures } from "./figures";

/** ECharts options in our colours: thin lines, no frames, words in the page's font. */
const TONES: Record<string, string> = {
  green: "--l-green-lamp", yellow: "--l-yellow-lamp", red: "--l-red-lamp", grey: "--l-grey-lamp", violet: "--l-violet-lamp", blue: "--l-blue-lamp", jade: "--l-jade", accent: "--l-lantern",
};
const ORDER = ["jade", "accent", "blue", "violet", "yellow", "grey", "green", "red"];

type Settings = DOMStringMap;

export function colourOf(tone: string | undefined, index: number, css: CSSStyleDeclaration): string {
  const name = TONES[tone ?? ""] ?? TONES[ORDER[index % ORDER.length] as string] ?? "--l-jade";
  return css.getPropertyValue(name).trim() || "#17695a";
}

export function options(figures: Figures, settings: Settings, css: CSSStyleDeclaration): Record<string, unknown> {
  const token = (name: string): string => css.getPropertyValue(name).trim();
  const size = Number.parseFloat(css.fontSize) || 14;
  const text = { color: token("--l-ink-2"), fontFamily: css.fontFamily, fontSize: Math.round(size * 0.86) };
  const shared = {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 400,
    textStyle: text,
    tooltip: {
      trigger: settings.kind === "pie" ? "item" : "axis", confine: true, renderMode: "richText",
      backgroundColor: token("--l-raised"), borderColor: token("--l-line-strong"), textStyle: { color: token("--l-ink"), fontSize: text.fontSize },
      valueFormatter: (value: unknown) => (value === null || value === undefined ? "—" : `${String(value)}${settings.unit ?? ""}`),
      axisPointer: { type: settings.kind === "bar" ? "shadow" : "line", shadowStyle: { color: token("--l-jade"), opacity: 0.08 }, lineStyle: { color: token("--l-line-strong") } },
    },
  };
  return settings.kind === "pie" ? { ...shared, ...pie(figures, settings, css, text) } : { ...shared, ...axes(figures, settings, css, text) };
}

function legend(text: object, isShown: boolean): object {
  return { show: isShown, top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 14, textStyle: text };
}

function axes(figures: Figures, settings: Settings, css: CSSStyleDeclaration, text: { color: string; fontSize: number }): object {
  const token = (name: string): string => css.getPropertyValue(name).trim();
  const isFlat = settings.horizontal !== undefined;
  const hasLegend = figures.series.length > 1;
  const names = {
    type: "category", data: figures.labels, inverse: isFlat, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--l-line-strong") } },
    axisLabel: { ...text, hideOverlap: true, ...(isFlat ? { width: 110, overflow: "truncate" } : {}) },
  };
  const values = {
    type: "value", minInterval: settings.unit === "%" ? 0 : 1, ...(settings.unit === "%" ? { max: 100 } : {}), splitNumber: 4,
    splitLine: { lineStyle: { color: token("--l-line") } }, axisLabel: { ...text, formatter: `{value}${settings.unit ?? ""}`, hideOverlap: true },
  };
  return {
    grid: { left: 4, right: isFlat ? 34 : 10, top: hasLegend ? 34 : 12, bottom: 2, containLabel: true },
    legend: legend(text, hasLegend),
    xAxis: isFlat ? values : names,
    yAxis: isFlat ? names : values,
    series: figures.series.map((one, index) => ({
      name: one.name, data: one.values, type: settings.kind === "line" ? "line" : "bar", color: colourOf(one.tone, index, css),
      ...(settings.stacked !== undefined ? { stack: "all" } : {}),
      ...(settings.kind === "line"
        ? { smooth: 0.25, symbol: ["circle", "rect", "triangle", "diamond"][index % 4], symbolSize: 6, showSymbol: figures.labels.length < 32, lineStyle: { width: 2.25, type: index % 2 ? "dashed" : "solid" }, ...(settings.area !== undefined ? { areaStyle: { opacity: 0.12 } } : {}) }
        : { barMaxWidth: isFlat ? 14 : 26, itemStyle: { borderRadius: settings.stacked !== undefined ? 0 : isFlat ? [0, 4, 4, 0] : [4, 4, 0, 0] }, ...(isFlat && !hasLegend ? { label: { show: true, position: "right", ...text } } : {}) }),
    })),
  };
}

function pie(figures: Figures, settings: Settings, css: CSSStyleDeclaration, text: object): object {
  const [first] = figures.series;
  const tones = (figures as Figures & { tones?: string[] }).tones ?? [];
  return {
    legend: { ...legend(text, true), orient: "vertical", top: "middle", right: 4 },
    series: [
      {
        type: "pie", name: first?.name ?? settings.title ?? "", radius: ["52%", "78%"], center: ["34%", "50%"], padAngle: 2, itemStyle: { borderRadius: 4 }, label: { show: false },
        data: figures.labels.map((name, index) => ({ name, value: first?.values[index] ?? 0, itemStyle: { color: colourOf(tones[index], index, css) } })),
      },
    ],
  };
}
