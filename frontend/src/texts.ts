/** The few words that scripts say by themselves; everything else comes with the page. */
const TEXTS = {
  copied: ["已复制", "Copied"],
  copy_failed: ["没有复制成功，请长按选中后复制", "Could not copy; please select and copy by hand"],
  locating: ["正在定位…", "Finding your place…"],
  located: ["已定位，误差约 {0} 米", "Found, to about {0} m"],
  locate_denied: ["没有定位权限：请在浏览器设置里允许，或在地图上点选、填写地址", "No permission for your place: allow it in the browser, tap the map, or give an address"],
  locate_failed: ["暂时定不了位，请在地图上点选或填写地址", "Your place cannot be found now: tap the map or give an address"],
  draft_restored: ["已恢复上次没有提交的内容", "What you had not sent yet is back"],
  draft_clear: ["清空重填", "Clear it"],
  photo_add: ["拍照或选图", "Add a photo"],
  photo_remove: ["移除第 {0} 张", "Remove photo {0}"],
  photo_busy: ["正在处理照片…", "Preparing the photos…"],
  photo_full: ["最多 {0} 张", "At most {0} photos"],
  photo_strange: ["有文件不是照片，没有加入", "Something there is not a photo and was left out"],
  left: ["还可输入 {0} 字", "{0} characters left"],
  over: ["超出 {0} 字", "{0} characters too many"],
  offline: ["网络不通，请稍后再试", "No network; try again later"],
  refused: ["没有成功（{0}），页面没有变化", "That did not work ({0}); nothing was changed here"],
  close: ["关闭", "Close"],
  previous: ["上一张", "Previous"],
  next: ["下一张", "Next"],
  show_table: ["看数据表", "Show the figures"],
  hide_table: ["看图", "Show the chart"],
  no_data: ["还没有数据", "No data yet"],
  map_label: ["社区地图，方向键移动，加减号缩放", "Map of the town; arrow keys move it, plus and minus zoom"],
  map_pick_label: ["在地图上选位置：方向键移动图钉，按住 Shift 走得更远", "Choose the place: arrow keys move the pin, with Shift further"],
  map_zoom_in: ["放大", "Zoom in"],
  map_zoom_out: ["缩小", "Zoom out"],
  map_whole: ["全图", "Whole area"],
  map_failed: ["地图数据没有取到，可先用列表查看", "The map's data did not come; please use the list"],
  map_open: ["查看", "Open"],
  map_points: ["{0} 件", "{0} reports"],
  map_supporters: ["{0} 人附议", "{0} support it"],
  map_sketch: ["示意图，不作界线依据", "Sketch, not a legal boundary"],
  light_green: ["按期", "On time"],
  light_yellow: ["将到期", "Due soon"],
  light_red: ["超期", "Overdue"],
  light_grey: ["挂起", "Suspended"],
  light_violet: ["督办", "Supervised"],
  light_done: ["已办结", "Closed"],
  light_none: ["无时限", "No limit"],
} as const;

export type TextName = keyof typeof TEXTS;

export const isChinese = (): boolean => document.documentElement.lang.startsWith("zh");

/** The text in the page's language, `{0}` replaced by `value`. */
export function say(name: TextName, value: string | number = ""): string {
  return TEXTS[name][isChinese() ? 0 : 1].replace("{0}", String(value));
}
