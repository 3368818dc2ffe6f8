import { behaviour } from "./registry";

/** Filters answer at once: choices on change, words shortly after typing (only where htmx swaps the list in place). */
const PAUSE = 400;

behaviour("form[data-autosubmit]", (element) => {
  const form = element as HTMLFormElement;
  let timer = 0;
  form.addEventListener("change", (event) => {
    const target = event.target as HTMLInputElement;
    if (target.matches("select, [type=checkbox], [type=radio], [type=date], [type=datetime-local], [type=month]")) form.requestSubmit();
  });
  form.addEventListener("input", (event) => {
    const target = event.target as HTMLInputElement;
    if (!form.hasAttribute("hx-get") || !target.matches("[type=search], [type=text]")) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => form.requestSubmit(), PAUSE);
  });
  // Empty filters need not stand in the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData.entries()]) if (value === "" && formData.getAll(name).length === 1) formData.delete(name);
  });
});
