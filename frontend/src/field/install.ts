/** The service worker: registered, and its newer version offered, never forced. */
let waiting: ServiceWorker | undefined;
let isWanted = false;

/** What a press on “update” does; undefined while there is nothing new. */
export const offerUpdate = (): (() => void) | undefined => (waiting ? take : undefined);

function take(): void {
  isWanted = true;
  waiting?.postMessage("take over");
}

export function install(url: string, news: () => void): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!workers || !url) return;
  workers.addEventListener("controllerchange", () => {
    if (isWanted) location.reload();
    isWanted = false;
  });
  void workers.register(url, { scope: "/field/", updateViaCache: "none" }).then((found) => {
    const look = (): void => {
      if (found.waiting && workers.controller) {
        waiting = found.waiting;
        news();
      }
    };
    look();
    found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", look));
    // The map and what it draws are fetched when everything else has come.
    setTimeout(() => void workers.ready.then((ready) => ready.active?.postMessage("fetch the rest")), 3000);
    setInterval(() => void found.update().catch(() => {}), 3_600_000);
  }, () => {});
}
