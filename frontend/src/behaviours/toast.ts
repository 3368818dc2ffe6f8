/** A short word at the bottom of the page, read out politely, gone after a while. */
export function toast(text: string, milliseconds = 4000): void {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const box = document.createElement("div");
  box.textContent = text;
  place.append(box);
  setTimeout(() => box.remove(), milliseconds);
}
