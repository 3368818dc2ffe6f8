/** "Something changed": within this tab and between tabs. Screens draw themselves again. */
const listeners = new Set<() => void>();
const between = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("linli-field");
let waiting = false;

function tell(): void {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    for (const listener of listeners) listener();
  }, 60);
}

between?.addEventListener("message", tell);

export function announce(): void {
  tell();
  between?.postMessage("changed");
}

export function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
