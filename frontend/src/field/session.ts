import { call, line } from "./api";
import { dropThumbs, forget, keep, kept } from "./store";
import type { User } from "./types";
import { vault, type Sealed } from "./vault";

/** Who this phone works for. Known without a network; the server is asked when there is one. */
export type Entry = "starting" | "in" | "expired" | "out";
type SessionAnswer = { signed_in: boolean; csrf: string; user?: User; keys?: { id: string; key: string }[] };

export const session = { entry: "starting" as Entry, account: "", user: undefined as User | undefined };

const CURRENT = "current"; // the account that this phone works for
const SIGN_OUT_OWED = "sign-out-owed"; // signed out without a network: the server is told at the next chance

async function keepUser(user: User): Promise<void> {
  session.user = user;
  await keep(`user-${user.id}`, await vault.seal(user));
}

/** Opens the store from what is kept, without the network. */
export async function openKept(): Promise<void> {
  const account = await kept<string>(CURRENT);
  session.entry = "out";
  if (!account || !(await vault.open(account))) return;
  session.account = line.account = account;
  const sealed = await kept<Sealed>(`user-${account}`);
  if (sealed) session.user = await vault.value<User>(sealed);
  session.entry = session.user ? "in" : "out";
}

/** Asks the server who is signed in; takes the keys of a new account, and locks the store of the one before. */
export async function refreshSession(): Promise<"ok" | "expired" | "away"> {
  const reply = await call<SessionAnswer>("session");
  if (!reply.ok) return "away";
  line.csrf = reply.data.csrf;
  if (await kept<boolean>(SIGN_OUT_OWED)) {
    if (reply.data.signed_in && !(await tellSignOut())) return "away";
    await forget(SIGN_OUT_OWED);
    return "expired";
  }
  const { user, keys } = reply.data;
  if (!reply.data.signed_in || !user || !keys) {
    if (session.entry === "in") session.entry = "expired";
    return "expired";
  }
  if (session.account && session.account !== user.id) await lockAway(session.account);
  await vault.unlock(user.id, keys);
  session.account = line.account = user.id;
  session.entry = "in";
  await keep(CURRENT, user.id);
  await keepUser(user);
  return "ok";
}

/** Makes what a person has on this phone unreadable. What is unsent stays, sealed, and waits for them. */
async function lockAway(account: string): Promise<void> {
  await vault.lock(account);
  for (const name of ["day", "user", "recent"]) await forget(`${name}-${account}`);
  await dropThumbs();
}

async function tellSignOut(): Promise<boolean> {
  try {
    const body = new URLSearchParams({ csrfmiddlewaretoken: line.csrf });
    const answer = await fetch("/accounts/logout/", { method: "POST", body, redirect: "manual", credentials: "same-origin", headers: { "X-CSRFToken": line.csrf } });
    return answer.type === "opaqueredirect" || answer.ok;
  } catch {
    return false;
  }
}

/** Signs out, with or without a network. Never deletes work. */
export async function signOut(): Promise<void> {
  const { account } = session;
  Object.assign(session, { entry: "out", account: "", user: undefined });
  line.account = "";
  await forget(CURRENT);
  await lockAway(account);
  await keep(SIGN_OUT_OWED, true);
  if (await tellSignOut()) await forget(SIGN_OUT_OWED);
}

export const may = (right: string): boolean => Boolean(session.user?.rights.includes(right));
