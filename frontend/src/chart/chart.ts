/** `<linli-chart>`: bars, lines or a pie drawn as SVG, with its figures as a table for whoever cannot or will not see it. */
import "./chart.css";
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { options } from "./options";
import { fillTable, readTable, type Figures } from "./figures";
import { say } from "../texts";

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export class LinliChart extends HTMLElement {
  private chart: EChartsType | undefined;
  private figures: Figures | undefined;
  private readonly stage = document.createElement("div");
  private table: HTMLTableElement | null = null;
  private resized: ResizeObserver | undefined;
  private readonly onTheme = (): void => this.draw();

  connectedCallback(): void {
    if (this.chart) return;
    this.table = this.querySelector("table");
    if (this.table && !this.dataset.src) this.figures = readTable(this.table);
    if (!this.table) {
      this.table = document.createElement("table");
      this.table.className = "table table-dense";
    }
    const figures = document.createElement("div");
    figures.className = "chart-figures visually-hidden";
    figures.append(this.table);
    this.stage.className = "chart-stage";
    this.stage.setAttribute("aria-hidden", "true");
    this.append(this.stage, figures);
    if (!this.closest(".screen")) this.addSwitch(figures);
    this.chart = init(this.stage, null, { renderer: "svg" });
    this.resized = new ResizeObserver(() => this.chart?.resize());
    this.resized.observe(this.stage);
    document.addEventListener("linli:theme", this.onTheme);
    this.addEventListener("linli:poll", () => void this.refresh());
    this.addEventListener("linli:refresh", () => void this.refresh());
    if (this.figures) this.draw();
    else void this.refresh();
  }

  disconnectedCallback(): void {
    document.removeEventListener("linli:theme", this.onTheme);
    this.resized?.disconnect();
    this.chart?.dispose();
    this.chart = undefined;
  }

  /** Asks for the figures again and draws them. */
  async refresh(): Promise<void> {
    if (!this.dataset.src) return;
    const answer = await fetch(this.dataset.src, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return;
    this.figures = (await answer.json()) as Figures;
    if (this.table) fillTable(this.table, this.figures, this.dataset.title ?? "");
    this.draw();
  }

  private draw(): void {
    if (!this.chart || !this.figures) return;
    const isEmpty = this.figures.series.every((one) => one.values.every((value) => !value));
    this.classList.toggle("chart-empty", isEmpty);
    this.stage.dataset.empty = isEmpty ? say("no_data") : "";
    this.chart.setOption(options(this.figures, this.dataset, getComputedStyle(this)), { notMerge: true });
  }

  private addSwitch(figures: HTMLElement): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chart-switch";
    button.textContent = say("show_table");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const hidden = figures.classList.toggle("visually-hidden");
      this.stage.hidden = !hidden;
      button.textContent = say(hidden ? "show_table" : "hide_table");
      button.setAttribute("aria-expanded", String(!hidden));
    });
    this.append(button);
  }
}

customElements.define("linli-chart", LinliChart);
