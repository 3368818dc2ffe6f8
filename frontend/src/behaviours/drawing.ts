/** An icon of the sprite, for parts that scripts make. The sprite's address is read off an icon the page already has. */
const NAMESPACE = "http://www.w3.org/2000/svg";

export function drawing(name: string): SVGSVGElement {
  const sprite = document.querySelector("svg.icon > use")?.getAttribute("href")?.split("#")[0] ?? "";
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(NAMESPACE, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
