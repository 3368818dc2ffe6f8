import { behaviour } from "./registry";
import { say } from "../texts";

/**
 * Keeps what is typed into `form[data-draft]` in this tab's session storage: a reload, a lost network or a refused
 * form costs nothing. Passwords, files, hidden fields and anything under `data-nokeep` are never kept.
 */
export type Draft = { sent: boolean; values: Record<string, string[]> };

const keyOf = (name: string): string => `linli:draft:${name}`;
const KEPT = "input, select, textarea";

function keepable(control: Element): control is HTMLInputElement {
  if (!(control instanceof HTMLElement) || control.closest("[data-nokeep]")) return false;
  const { name, type } = control as HTMLInputElement;
  return Boolean(name) && !["password", "file", "hidden", "submit", "button"].includes(type) && name !== "csrfmiddlewaretoken";
}

/** The form's present values by control name; ticks are kept by value. */
export function readValues(form: HTMLFormElement): Draft["values"] {
  const values: Draft["values"] = {};
  for (const control of form.querySelectorAll(KEPT)) {
    if (!keepable(control)) continue;
    const list = (values[control.name] ??= []);
    if (control.type === "checkbox" || control.type === "radio") {
      if (control.checked) list.push(control.value);
    } else if (control.value) list.push(control.value);
  }
  return values;
}

/** Puts values back where the page has none of its own; says whether anything changed. */
export function writeValues(form: HTMLFormElement, values: Draft["values"]): boolean {
  let changed = false;
  for (const control of form.querySelectorAll(KEPT)) {
    if (!keepable(control)) continue;
    const kept = values[control.name];
    if (!kept) continue;
    if (control.type === "checkbox" || control.type === "radio") {
      const checked = kept.includes(control.value);
      if (control.checked !== checked && control.defaultChecked === control.checked) {
        control.checked = checked;
        changed = true;
      }
    } else if (kept[0] !== undefined && control.value !== kept[0] && (!control.value || control.value === control.defaultValue)) {
      control.value = kept[0];
      changed = true;
    }
  }
  return changed;
}

function load(name: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(name)) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function store(name: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(name), JSON.stringify(draft));
  } catch {
    // A full or forbidden store must not stop anybody from typing.
  }
}

function showRestored(form: HTMLFormElement, name: string): void {
  const note = document.createElement("p");
  note.className = "draft-note";
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = say("draft_clear");
  clear.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf(name));
    form.reset();
    note.remove();
  });
  note.append(say("draft_restored"), clear);
  form.prepend(note);
}

behaviour("form[data-draft]", (element) => {
  const form = element as HTMLFormElement;
  const name = form.dataset.draft || location.pathname;
  const kept = load(name);
  // The server's own answer to a refused form is newer than the draft.
  const refused = form.querySelector(".field-wrong, .notice-error") !== null;
  if (kept && !refused && writeValues(form, kept.values)) showRestored(form, name);
  if (kept) store(name, { ...kept, sent: false });
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => store(name, { sent: false, values: readValues(form) }), 300);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
    clearTimeout(timer);
    store(name, { sent: true, values: readValues(form) });
  });
});

/** A draft that was sent and whose form is no longer on the page was accepted: forget it. */
export function forgetAccepted(): void {
  for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith("linli:draft:"))) {
    const name = key.slice("linli:draft:".length);
    const isHere = [...document.querySelectorAll<HTMLFormElement>("form[data-draft]")].some(
      (form) => (form.dataset.draft || location.pathname) === name,
    );
    if (!isHere && load(name)?.sent) sessionStorage.removeItem(key);
  }
}
