/** The wall shows the district's own time, whatever the machine behind it believes. */
const zone = document.getElementById("screen-clock")?.dataset.zone || undefined;
const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric", weekday: "short", timeZone: zone });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone });

export const clock = (moment: Date): string => time.format(moment);
export const dayAndTime = (moment: Date): string => `${day.format(moment)}  ${clock(moment)}`;
export const hourOf = (moment: Date): number => Number(clock(moment).slice(0, 2));
