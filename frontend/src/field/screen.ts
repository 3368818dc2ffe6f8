/** What a screen is: a title, its content, and what to do when news come or it is left. */
export type Screen = {
  title: string;
  main: HTMLElement;
  back?: string;
  /** Forms have their own bar at the foot instead of the dock. */
  isForm?: boolean;
  refresh?: () => void | Promise<void>;
  leave?: () => void | Promise<void>;
};

export const go = (path: string): void => {
  location.hash = path;
};

/** Replaces the present place, so that “back” leads past it; not when the person has gone on from `here` meanwhile. */
export const goInstead = (path: string, here = location.hash): void => {
  if (location.hash === here) location.replace(`#${path}`);
};
