/// <reference lib="webworker" />
/**
 * The field app's service worker: keeps the shell and the built files, so that the app starts without a network. It never
 * keeps an answer of the API nor a picture of a case. The server writes what to keep in front of this file (`LINLI`).
 */
import { cacheName, isGenuine, isOurs, way, type Told } from "./field/keeping";

declare const self: ServiceWorkerGlobalScope & { LINLI: Told };

const told = self.LINLI;
const name = cacheName(told.version);

async function fetchInto(cache: Cache, url: string): Promise<void> {
  const answer = await fetch(url, { cache: "no-cache", credentials: "same-origin" });
  if (!isGenuine(url, answer, told)) throw new Error(`not what was asked for: ${url}`);
  await cache.put(url, answer);
}

/** Takes files over from the version before where they are the same, so that an update costs little. */
async function keepAll(urls: string[]): Promise<void> {
  const cache = await caches.open(name);
  for (const url of urls) {
    if (await cache.match(url)) continue;
    const before = url.includes("/assets/") ? await caches.match(url) : undefined;
    if (before) await cache.put(url, before);
    else await fetchInto(cache, url);
  }
}

async function dropOld(): Promise<void> {
  for (const other of await caches.keys()) if (isOurs(other) && other !== name) await caches.delete(other);
}

async function kept(url: string, request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const there = await cache.match(url);
  if (there) return there;
  const answer = await fetch(request);
  if (isGenuine(url, answer, told)) await cache.put(url, answer.clone());
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(keepAll([told.shell, ...told.first])));
self.addEventListener("activate", (event) => event.waitUntil(dropOld().then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
  if (event.data === "fetch the rest") event.waitUntil(keepAll(told.later).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const how = way(url.pathname, request.mode === "navigate", told);
  if (how === "shell") event.respondWith(kept(told.shell, request));
  if (how === "kept") event.respondWith(kept(url.pathname, request));
});
