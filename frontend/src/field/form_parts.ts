import { scrolling } from "../behaviours/motion";
import { h, icon } from "./dom";
import { t, type Text } from "./texts";

/** What a form still lacks: the part it belongs to, and the words for it. */
export type Lack = [part: string, words: Text];
type Content = (Node | null)[];

/** The parts of a form; each has a place of its own for what is wrong in it. */
export class FormParts {
  private readonly errors = new Map<string, HTMLElement>();

  /** A part under a heading. */
  part(name: string, title: Text, ...content: Content): HTMLElement {
    const head = `head-${name}`;
    return this.bare(name, { "aria-labelledby": head }, h("h2.field-label", { id: head }, t(title)), ...content);
  }

  /** A part that names itself. */
  bare(name: string, attributes: Record<string, string>, ...content: Content): HTMLElement {
    const error = h("p.field-error", { role: "alert", id: `error-${name}` });
    error.hidden = true;
    this.errors.set(name, error);
    return h("section.field-section", attributes, ...content, error);
  }

  /** Say what is lacking beside the parts it belongs to, and lead to the first; true when anything is. */
  complain(lacks: Lack[]): boolean {
    for (const [name, element] of this.errors) {
      const words = lacks.find(([one]) => one === name)?.[1];
      element.hidden = !words;
      element.replaceChildren(...(words ? [icon("alert-circle", "sm"), t(words)] : []));
    }
    const first = this.errors.get(lacks[0]?.[0] ?? "")?.parentElement;
    first?.scrollIntoView({ behavior: scrolling(), block: "start" });
    const field = first?.querySelector<HTMLElement>("input:not([type=file]):not([type=radio]),textarea,button") ?? first?.querySelector("input");
    field?.focus({ preventScroll: true });
    return lacks.length > 0;
  }
}
