/** How a page is moved by a script: at once for whoever asked for little motion. */
export const scrolling = (): ScrollBehavior => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
