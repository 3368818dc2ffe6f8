import { behaviour } from "./registry";
import { say } from "../texts";

/** Photos open large in place; arrow keys go to the neighbours, Escape goes back. Without script they are links. */
let box: HTMLDialogElement | null = null;
let shown: HTMLAnchorElement | null = null;

function show(link: HTMLAnchorElement): void {
  shown = link;
  box ??= make();
  const image = box.querySelector("img") as HTMLImageElement;
  image.src = link.href;
  image.alt = link.querySelector("img")?.alt ?? "";
  if (!box.open) box.showModal();
}

function step(by: number): void {
  const all = [...document.querySelectorAll<HTMLAnchorElement>("a[data-photo]")];
  const next = shown && all[all.indexOf(shown) + by];
  if (next) show(next);
}

function make(): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = "lightbox";
  const image = document.createElement("img");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.textContent = say("close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(image, close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });
  document.body.append(dialog);
  return dialog;
}

behaviour("a[data-photo]", (link) =>
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link as HTMLAnchorElement);
  }),
);
