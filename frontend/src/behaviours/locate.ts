import { behaviour } from "./registry";
import { toast } from "./toast";
import { say } from "../texts";

/** "Where I am": writes the device's place (WGS-84) into inputs and tells maps by the event `linli:place`. */
function fill(selector: string | undefined, value: number): void {
  const input = selector ? document.querySelector<HTMLInputElement>(selector) : null;
  if (!input) return;
  input.value = value.toFixed(6);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

behaviour("[data-locate]", (button) => {
  if (!("geolocation" in navigator)) {
    button.hidden = true;
    return;
  }
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    toast(say("locating"), 1500);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.removeAttribute("aria-busy");
        fill(button.dataset.lng, coords.longitude);
        fill(button.dataset.lat, coords.latitude);
        const detail = { lng: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
        button.dispatchEvent(new CustomEvent("linli:place", { bubbles: true, detail }));
        toast(say("located", Math.round(coords.accuracy)));
      },
      (failure) => {
        button.removeAttribute("aria-busy");
        toast(say(failure.code === failure.PERMISSION_DENIED ? "locate_denied" : "locate_failed"), 7000);
      },
      { enableHighAccuracy: true, timeout: 12_000, maximumAge: 30_000 },
    );
  });
});
