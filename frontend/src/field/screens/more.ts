import { line } from "../api";
import { redrawAll } from "../app";
import { ask, button, h, icon } from "../dom";
import { allItems, UNSENT } from "../items";
import { isDark, toggleTheme } from "../look";
import { goInstead, type Screen } from "../screen";
import { session, signOut } from "../session";
import { unsentByAccount } from "../store";
import { room } from "../room";
import { bytes, pick, span, t } from "../texts";

/** Everything else: who is signed in, the phone's store and clock, light or dark, signing out. */
export async function more(): Promise<Screen> {
  const { user } = session;
  const main = h("div");
  const draw = async (): Promise<void> => {
    const space = await room();
    const off = line.clockOff;
    const clock = Math.abs(off) < 60_000 ? t("clock_right") : t(off < 0 ? "clock_fast" : "clock_slow", span(off));
    main.replaceChildren(
      h("section.card.more-card", h("div.card-body",
        h("h2.section-title", t("account")),
        h("p.more-name", user?.name ?? ""),
        h("p.hello-post", user ? [pick(user.role), pick(user.body), pick(user.place)].filter(Boolean).join(" · ") : ""))),
      h("section.card.more-card", h("div.card-body", h("dl.facts",
        h("dt", t("storage")), h("dd", t("storage_used", bytes(space.used)), " · ", t(space.isKept ? "persisted" : "not_persisted")),
        h("dt", t("clock")), h("dd", clock),
        h("dt", t("version")), h("dd", document.querySelector<HTMLElement>("linli-field")?.dataset.version ?? "")))),
      h("div.more-actions",
        button(isDark() ? t("light") : t("dark"), isDark() ? "sun" : "moon", "btn-lg", () => {
          toggleTheme();
          redrawAll();
        }),
        button(t("sign_out"), "logout", "btn-lg", () => void leave())));
  };
  await draw();
  return { title: t("more"), main, back: "/" };
}

async function leave(): Promise<void> {
  const unsent = (await allItems()).filter((item) => UNSENT.includes(item.state)).length;
  const text = unsent ? t("sign_out_text", unsent) : t("sign_out_text_none");
  if (!(await ask(text, t("sign_out"), t("cancel")))) return;
  await signOut();
  goInstead("/");
  redrawAll();
}

/** Nobody is signed in on this phone. What lies here unsent is told by number only. */
export async function entry(): Promise<Screen> {
  const kept = [...(await unsentByAccount()).values()].reduce((sum, one) => sum + one, 0);
  const main = h("div.entry",
    h("p.entry-mark", icon("device-mobile", "lg")),
    h("p.lead", t("sign_in_text")),
    kept ? h("p.notice.notice-warning", icon("lock"), h("span.notice-text", t("kept_here", kept))) : null,
    navigator.onLine
      ? h("a.btn.btn-primary.btn-lg.w-100", { href: "/accounts/login/?next=/field/" }, icon("login"), h("span", t("sign_in")))
      : h("p.field-help", t("sign_in_offline")));
  return { title: t("app"), main };
}
