/** An icon of the sprite, for parts that scripts make; `<html data-icons>` says where the sprite is. */
const NAMESPACE = "http://www.w3.org/2000/svg";

export function drawing(name: string): SVGSVGElement {
  const sprite = document.documentElement.dataset.icons ?? "";
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(NAMESPACE, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
