/** Attaches behaviours to whatever matches, now and in everything htmx brings later; each element once. */
type Attach = (element: HTMLElement) => void;

const behaviours: { selector: string; attach: Attach; done: WeakSet<Element> }[] = [];

export function behaviour(selector: string, attach: Attach): void {
  behaviours.push({ selector, attach, done: new WeakSet() });
}

export function attachAll(root: ParentNode & Node): void {
  for (const { selector, attach, done } of behaviours) {
    const found = [...root.querySelectorAll<HTMLElement>(selector)];
    if (root instanceof HTMLElement && root.matches(selector)) found.unshift(root);
    for (const element of found) {
      if (done.has(element)) continue;
      done.add(element);
      attach(element);
    }
  }
}
