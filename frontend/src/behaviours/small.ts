import { behaviour } from "./registry";
import { toast } from "./toast";
import { say } from "../texts";

/** Small helps that need only a line or two each. */
behaviour("[data-copy], [data-copy-from]", (button) =>
  button.addEventListener("click", () => {
    const source = button.dataset.copyFrom ? document.querySelector<HTMLInputElement>(button.dataset.copyFrom) : null;
    const text = button.dataset.copy ?? source?.value ?? source?.textContent ?? "";
    navigator.clipboard?.writeText(text).then(() => toast(say("copied")), () => toast(say("copy_failed")));
    if (!navigator.clipboard) toast(say("copy_failed"));
  }),
);

behaviour("textarea[data-count]", (element) => {
  const area = element as HTMLTextAreaElement;
  const most = Number(area.dataset.count) || area.maxLength;
  const note = document.createElement("span");
  note.className = "counter";
  note.setAttribute("aria-live", "polite");
  area.after(note);
  const show = (): void => {
    const left = most - [...area.value].length;
    note.textContent = left < 0 ? say("over", -left) : left <= most / 4 ? say("left", left) : "";
  };
  area.addEventListener("input", show);
  show();
});

behaviour("[data-back]", (link) =>
  link.addEventListener("click", (event) => {
    if (history.length < 2) return;
    event.preventDefault();
    history.back();
  }),
);
behaviour("[data-reload]", (link) =>
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  }),
);
behaviour("[data-print]", (button) => button.addEventListener("click", () => window.print()));
behaviour("[data-dismiss]", (button) => button.addEventListener("click", () => button.closest(".notice")?.remove()));
behaviour("[data-focus]", (element) => element.focus());

behaviour("[data-network]", (banner) => {
  const show = (): void => {
    banner.hidden = navigator.onLine;
  };
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
});

behaviour("time[data-clock]", (clock) => {
  const show = (): void => {
    const now = new Date();
    const language = document.documentElement.lang;
    const day = now.toLocaleDateString(language, { year: "numeric", month: "long", day: "numeric", weekday: "short" });
    clock.textContent = `${day}  ${now.toLocaleTimeString(language, { hour12: false })}`;
  };
  setInterval(show, 1000);
  show();
});

document.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea, [contenteditable]")) return;
  const control = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (!control) return;
  event.preventDefault();
  control.focus();
});
