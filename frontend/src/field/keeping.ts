/** What the service worker keeps and what it must never take: pure rules, tried by themselves. */
export type Told = { version: string; shell: string; first: string[]; later: string[] };

export const cacheName = (version: string): string => `linli-field-${version}`;
export const isOurs = (name: string): boolean => name.startsWith("linli-field-");

const KINDS: [RegExp, RegExp][] = [
  [/\.js$/, /javascript/], [/\.css$/, /css/], [/\.svg$/, /svg/], [/\.png$/, /png/], [/\.json$/, /json/],
];

/** Whether an answer is what was asked for, and not the sign-in page of a Wi-Fi that answers 200 to everything. */
export function isGenuine(url: string, answer: Pick<Response, "ok" | "redirected" | "headers">, told: Told): boolean {
  if (!answer.ok || answer.redirected) return false;
  if (url === told.shell) return answer.headers.get("X-Linli-Shell") === told.version;
  const kind = KINDS.find(([ending]) => ending.test(url.split("?")[0] as string))?.[1];
  return Boolean(kind?.test(answer.headers.get("Content-Type") ?? ""));
}

/** How a request is served: from the shell, from what is kept, or left to the network (everything personal). */
export function way(path: string, isPage: boolean, told: Told): "shell" | "kept" | "network" {
  if (isPage && path.startsWith(told.shell) && !path.startsWith(`${told.shell}api/`) && !path.startsWith(`${told.shell}photos/`)) return "shell";
  return told.first.includes(path) || told.later.includes(path) ? "kept" : "network";
}
