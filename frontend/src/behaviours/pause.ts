/** The longest anybody waits for news, in seconds. */
const LONGEST = 300;

/** Seconds to the next try after `failures` in a row. */
export const pause = (seconds: number, failures: number): number => Math.min(LONGEST, seconds * 2 ** Math.min(failures, 6));
