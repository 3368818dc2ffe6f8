// Leaves out of Tabler's style sheet what no page of ours can show: parts that need Bootstrap's JavaScript, and
// widgets of libraries we do not use. Layout, forms, buttons, tables and all small utilities stay, so that a page
// may use any of those without a rebuild. A test finds a page that uses a class left out here.
import postcss from "postcss";

export const LEFT_OUT = [
  "accordion", "apexcharts", "bg-gradient", "bg-pattern", "bs-popover", "bs-tooltip", "btn-ghost", "card-gradient", "carousel", "chart-sparkline",
  "chat", "countup", "datepicker", "dropzone", "fc", "focus-ring", "form-colorinput", "form-imagecheck", "form-otp", "fslightbox", "io",
  "irs", "jvm", "link-offset", "link-opacity", "link-underline", "litepicker", "markdown", "modal", "nav-segmented", "navbar", "noUi", "offcanvas", "plyr",
  "popover", "ribbon", "signature", "sortable", "steps", "switch-icon", "theme-dark", "theme-light", "toast", "tooltip", "tracking", "ts", "vc",
];

const NAMED = new RegExp(`\\.(?:${LEFT_OUT.join("|")})(?![a-z])|\\[data-vc`);

/** Whether a selector can match only something that is left out. */
export const isLeftOut = (selector) => NAMED.test(selector.replace(/:not\([^)]*\)/g, ""));

/** The style sheet without the rules, and then without the empty media queries. */
export function withoutUnused(css) {
  const root = postcss.parse(css);
  root.walkRules((rule) => {
    if (rule.parent?.type === "atrule" && /keyframes$/.test(rule.parent.name)) return;
    const kept = rule.selectors.filter((selector) => !isLeftOut(selector));
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  root.walkAtRules((rule) => {
    if (rule.nodes?.length === 0) rule.remove();
  });
  root.walkComments((comment) => {
    if (!comment.text.startsWith("!")) comment.remove();
  });
  return root.toString();
}
