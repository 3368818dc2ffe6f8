import { behaviour } from "./registry";

/** Asks before something that cannot be taken back, and opens and closes dialogs. */

/** Resolves to whether the person agreed; Escape and a click beside the dialog mean no. */
export function ask(text: string, yes?: string, title?: string): Promise<boolean> {
  const dialog = document.getElementById("confirm");
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(window.confirm(text));
  const heading = dialog.querySelector<HTMLElement>(".sheet-title");
  const button = dialog.querySelector<HTMLElement>("[data-confirm-agree]");
  const words = dialog.querySelector<HTMLElement>("[data-confirm-text]");
  if (heading) heading.textContent = title || heading.dataset.default || "";
  if (button) button.textContent = yes || button.dataset.default || "";
  if (words) words.textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

const agreed = new WeakSet<HTMLFormElement>();

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    const submitter = event.submitter as HTMLElement | null;
    const asker = submitter?.dataset.confirm ? submitter : form.dataset.confirm ? form : null;
    if (!asker || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void ask(asker.dataset.confirm ?? "", asker.dataset.confirmYes, asker.dataset.confirmTitle).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(submitter as HTMLButtonElement | null);
    });
  },
  true,
);

document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = (event as CustomEvent<{ elt: HTMLElement; issueRequest(skip: boolean): void }>).detail;
  if (elt instanceof HTMLFormElement || !elt.dataset.confirm || elt.matches("form [type=submit], form button:not([type])")) return;
  event.preventDefault();
  void ask(elt.dataset.confirm, elt.dataset.confirmYes).then((yes) => yes && issueRequest(true));
});

behaviour("[data-opens]", (button) =>
  button.addEventListener("click", () => {
    const dialog = document.getElementById(button.dataset.opens ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }),
);

behaviour("dialog", (dialog) =>
  dialog.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-closes]") || target === dialog) (dialog as HTMLDialogElement).close();
  }),
);

// A dialog that holds an error was sent and refused: show it again.
behaviour("dialog:has(.field-wrong, .notice-error)", (dialog) => (dialog as HTMLDialogElement).showModal());
