// Virtual scrolling: of any number of rows, only those near the view are on the page. TanStack's virtualizer knows the
// height of each row and which rows are in view; this module puts them on the page and keeps the scroll position.

import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from "../../vendor/virtual-core/virtual-core.js";
import { arrangeChildren } from "./arrange-children.js";

const OVERSCAN = 8; // rows on the page beyond those in sight
const MOST_DRAWN = 2_000; // rows on the page at once, if all are wanted
const NEAR_END = 48; // pixels
const LEAD = 56; // pixels of what is before a row that is shown at the top
const ROUNDS = 10; // rows that are measured for the first time bring others into sight; that ends after two or three

/**
 * Where the rows come from.
 *
 * @typedef {object} Source
 * @property {number} count
 * @property {boolean} live whether the last row is the live end, which the view can follow
 * @property {number | null} held the index of a row that stays on the page, in sight or not: it has the focus
 * @property {(index: number) => number | string} keyAt
 * @property {(index: number, width: number) => number} estimate its height in pixels, until it is measured
 * @property {(index: number) => HTMLElement} elementAt
 * @property {(key: number | string) => number} indexOf -1 if it is not there
 * @property {(range: { first: number, last: number }) => void} drawn these rows are in sight now
 * @property {() => void} moved the user or the page has scrolled
 */

export class Viewport {
  #scroller;
  #rows;
  #source;
  #virtualizer;
  #following = true;
  #top = 0; // where the list was scrolled to
  #width = 0;
  #height = 0;
  #tail = 0; // the height of the element below the rows
  #byScroll = false; // whether it is a scroll event that we draw for
  #drawing = false;
  #again = false;
  #shown = new Set();
  #all = false; // whether all rows are to be on the page

  /**
   * @param {{ scroller: HTMLElement, rows: HTMLElement, tail?: HTMLElement, above?: number, source: Source }} parts
   *   `tail`: the element below the rows; `above`: pixels that are free above the first one
   */
  constructor({ scroller, rows, tail, above = 0, source }) {
    this.#scroller = scroller;
    this.#rows = rows;
    this.#source = source;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true }); // before the virtualizer hears of it
    this.#virtualizer = new Virtualizer(this.#options(above));
    // While drawing, #settle scrolls.
    this.#virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (row, _delta, { itemSizeCache, scrollOffset }) =>
      !this.#drawing && (itemSizeCache.has(row.key) ? row.end <= scrollOffset : row.start < scrollOffset);
    this.#virtualizer._willUpdate(); // what the adapters of frameworks call when the element is there
    scroller.addEventListener("scroll", () => this.#endScroll(), { passive: true });
    if (tail) new ResizeObserver(() => this.#tailResized(tail.offsetHeight)).observe(tail);
  }

  /** Whether the view is at the end, and stays there when rows are added. */
  get following() {
    return this.#following;
  }

  /** The indexes of the first and last row in sight, those that are cut off left out; null without rows. */
  get inSight() {
    const range = this.#virtualizer.calculateRange();
    if (!range) return null;
    const rows = this.#virtualizer.getMeasurements();
    const [top, bottom] = [this.#scroller.scrollTop, this.#scroller.scrollTop + this.#scroller.clientHeight];
    const first = range.startIndex + (rows[range.startIndex].start < top - 1 ? 1 : 0);
    const last = range.endIndex - (rows[range.endIndex].end > bottom + 1 ? 1 : 0);
    return last < first ? { first: range.startIndex, last: range.startIndex } : { first, last };
  }

  /** The rows have changed. The view stays at the end, or the rows in view stay where they are. */
  update() {
    this.#redraw();
  }

  #redraw(where) {
    const target = this.#following ? this.#end : this.#stay();
    const { paddingStart } = this.#virtualizer.options;
    this.#virtualizer.setOptions(this.#options(paddingStart));
    this.#settle(target, where);
  }

  /** Whether all rows are on the page, and not only those near the view: to be found, selected or printed. */
  drawAll(on) {
    if (on === this.#all) return;
    this.#all = on;
    this.update();
  }

  /** The rows are of another part of the log: nothing that was measured applies. */
  replace() {
    this.#following = false;
    this.#shown.clear();
    this.#redraw({ placed: false });
  }

  /**
   * Scroll so that the row is in sight: at the top ("start"), in the middle ("center"), or as little as it takes
   * ("nearest").
   */
  show(index, align = "nearest") {
    this.#following = false;
    this.#settle(() => this.#offset(index, align));
    this.#source.moved();
  }

  toEnd() {
    this.#following = this.#source.live;
    this.#settle(this.#end);
    this.#source.moved();
  }

  #options(paddingStart) {
    const source = this.#source;
    return {
      count: source.count,
      paddingStart,
      overscan: OVERSCAN,
      getScrollElement: () => this.#scroller,
      getItemKey: (index) => source.keyAt(index), // another function each time: the keys are asked anew
      estimateSize: (index) => source.estimate(index, this.#width),
      rangeExtractor: (range) => (this.#all ? around(range) : withHeld(defaultRangeExtractor(range), source.held, source.count)),
      scrollToFn: elementScroll,
      observeElementOffset,
      observeElementRect: (instance, tell) => observeElementRect(instance, (rect) => this.#resized(rect, tell)),
      onChange: () => this.#changed(),
    };
  }

  /** What is in sight or how high it is has changed. */
  #changed() {
    if (this.#drawing) this.#again = true;
    else this.#settle(this.#following && !this.#byScroll ? this.#end : this.#stay());
  }

  #tailResized(height) {
    const target = this.#following ? this.#end : this.#stay();
    this.#tail = height;
    this.#settle(target);
  }

  /** The list has become wider, higher or less so. Heights of another width are no use. */
  #resized(rect, tell) {
    const target = this.#following ? this.#end : this.#stay();
    const known = rect.width === this.#width;
    this.#width = rect.width;
    this.#height = rect.height;
    this.#drawing = true;
    tell(rect);
    if (!known) this.#virtualizer.measure();
    this.#drawing = false;
    if (!known) this.#shown.clear();
    if (rect.height) this.#settle(target);
  }

  /** Only scrolling up leaves the end: before this is called, rows may have been added after our own scrolling. */
  #scrolled() {
    this.#byScroll = true;
    const { scrollTop } = this.#scroller;
    if (this.#distance() < NEAR_END) this.#following = this.#source.live;
    else if (scrollTop < this.#top) this.#following = false;
    this.#top = scrollTop;
  }

  #endScroll() {
    this.#byScroll = false;
    this.#source.moved();
  }

  /** Pixels below what is in sight. */
  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  // Where to

  #end = () => Infinity;

  /** What is at the top of the screen now, to be there again. */
  #stay() {
    const { scrollTop } = this.#scroller;
    const row = this.#virtualizer.getVirtualItemForOffset(scrollTop);
    if (!row) return () => scrollTop;
    const { key, start, size } = row;
    return () => {
      const index = this.#source.indexOf(key);
      if (index < 0) return scrollTop;
      const now = this.#virtualizer.getMeasurements()[index];
      return now.start + (scrollTop - start) * Math.min(1, now.size / size); // a row that is less high now is still there
    };
  }

  #offset(index, align) {
    const { start, end } = this.#virtualizer.getMeasurements()[index];
    const top = this.#virtualizer.scrollOffset;
    if (align === "start") return start - LEAD;
    if (align === "center") return Math.min(start, (start + end - this.#height) / 2);
    if (start < top) return start;
    return end > top + this.#height ? Math.min(start, end - this.#height) : top;
  }

  // Drawing

  /**
   * Put the rows on the page that are in sight at a place, which depends on how high they turn out to be. The page is
   * scrolled once that is known: each time that it is written to and asked in turns, the browser has to lay it out.
   * `placed`: the reader stays at this place, and no other follows at once.
   */
  #settle(target, { placed = true } = {}) {
    const before = this.#scroller.scrollTop;
    this.#drawing = true;
    this.#virtualizer.scrollOffset = before;
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#again = false;
      this.#virtualizer.scrollOffset = this.#within(target());
      this.#place();
      if (!this.#again) break;
    }
    const to = this.#within(target());
    this.#rows.style.height = `${this.#virtualizer.getTotalSize()}px`;
    if (Math.abs(to - before) >= 1) this.#scroller.scrollTop = to;
    this.#virtualizer.scrollOffset = this.#top = this.#scroller.scrollTop; // at once, not only with the event
    this.#drawing = false;
    // What is less high now may be in sight to its end, without any scrolling that would tell.
    if (placed && this.#height && this.#last - this.#top < NEAR_END) this.#following ||= this.#source.live;
    const range = this.#virtualizer.calculateRange();
    if (range) this.#source.drawn({ first: range.startIndex, last: range.endIndex });
  }

  /** The nearest place that there is. */
  #within(top) {
    return Math.max(0, Math.min(top, this.#last));
  }

  /** The place at the end. */
  get #last() {
    return this.#virtualizer.getTotalSize() + this.#tail - this.#height;
  }

  #place() {
    const items = this.#virtualizer.getVirtualItems();
    const elements = items.map(({ index, start }) => {
      const element = this.#source.elementAt(index);
      element.dataset.index = index;
      element.style.transform = `translateY(${start}px)`;
      return element;
    });
    arrangeChildren(this.#rows, elements);
    this.#measure(items, elements);
  }

  /** All that is new is measured at once. */
  #measure(items, elements) {
    const fresh = items.map((item, place) => [item.index, elements[place]]).filter(([, each]) => !this.#shown.has(each));
    this.#shown = new Set(elements);
    const heights = fresh.map(([, element]) => element.offsetHeight);
    fresh.forEach(([index, element], place) => {
      this.#virtualizer.resizeItem(index, heights[place]);
      this.#virtualizer.measureElement(element); // watches it from now on
    });
  }
}

/** As many rows as may be on the page, half of them before what is in sight. */
function around({ startIndex, count }) {
  const first = Math.max(0, Math.min(startIndex - MOST_DRAWN / 2, count - MOST_DRAWN));
  return Array.from({ length: Math.min(count, MOST_DRAWN) }, (_, place) => first + place);
}

function withHeld(indexes, held, count) {
  if (held === null || held < 0 || held >= count || indexes.includes(held)) return indexes;
  return [...indexes, held].sort((one, other) => one - other);
}
