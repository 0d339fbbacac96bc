// Page-side questions of popover-states.test.ts. Evaluated through the debugger, so plain functions without imports.

globalThis.probes = (() => {
  const describeElement = (element) =>
    [
      element.localName,
      element.dataset?.testid,
      element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 30),
    ]
      .filter(Boolean)
      .join(' ');

  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.closest('.unseen') === null;
  };

  /** Text or boxes that do not fit where they are. A shortened name is allowed when its full text is in a title. */
  const overflows = () => {
    const found = [];
    const say = (element, problem) => found.push({ element: describeElement(element), problem });
    const width = document.documentElement.clientWidth;
    for (const element of document.querySelectorAll('body, body *')) {
      if (!shown(element) || element.closest('svg') !== null) continue;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const scrollsX = style.overflowX === 'auto' || style.overflowX === 'scroll';
      const inScroller = element.closest('[data-testid=data-table]') !== null;
      const titled = element.closest('[title]') !== null;
      if (!scrollsX && !titled && element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline') {
        say(element, `is ${element.scrollWidth} wide in ${element.clientWidth}`);
      }
      if (!inScroller && (box.left < -0.5 || box.right > width + 0.5))
        say(element, `leaves the window (${box.left}…${box.right})`);
      if (element.localName === 'button' && (box.width < 24 || box.height < 24))
        say(element, `is ${box.width}×${box.height}`);
    }
    // Where nothing scrolls, words and buttons keep clear of one another.
    for (const fixed of document.querySelectorAll('header, footer')) {
      const walker = document.createTreeWalker(fixed, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node.data.trim() === '' || !shown(node.parentElement)) continue;
        range.selectNodeContents(node);
        for (const button of fixed.querySelectorAll('button')) {
          if (button.contains(node)) continue;
          const { left, right, top, bottom } = button.getBoundingClientRect();
          const covers = (box) =>
            box.right > left + 1 && box.left < right - 1 && box.bottom > top + 1 && box.top < bottom - 1;
          if ([...range.getClientRects()].some(covers)) say(button, `lies over "${node.data.slice(0, 30)}"`);
        }
      }
    }
    const footer = document.querySelector('footer').getBoundingClientRect();
    if (footer.bottom > innerHeight + 0.5) say(document.querySelector('footer'), 'is below the window');
    if (document.documentElement.scrollHeight > innerHeight) say(document.documentElement, 'scrolls as a whole');
    const main = document.querySelector('main');
    // A card that waits may take more of the window than what is only looked at.
    const share = document.querySelector('.card') === null ? 0.35 : 0.14;
    if (main !== null && main.clientHeight < innerHeight * share) say(main, `has only ${main.clientHeight} of height`);
    return found;
  };

  /** What is read out and what hangs on elements as definitions and labels. */
  const wholeText = () =>
    [
      document.body.textContent,
      ...[...document.querySelectorAll('[aria-label], [title]')].flatMap((element) => [
        element.getAttribute('aria-label') ?? '',
        element.getAttribute('title') ?? '',
      ]),
    ].join('\n');

  /** What makes the page wider than its window. */
  const leavesWindow = () => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => shown(element) && element.getBoundingClientRect().right > width + 0.5)
      .map(describeElement);
  };

  const controls = 'button, a[href], input, select, textarea, summary, [role=tab]';
  /** What looks as if it could be pressed and cannot: it answers the pointer, or is framed all round like a button. */
  const falseControls = () => {
    const rules = (list) => [...list].flatMap((rule) => (rule.cssRules?.length > 0 ? rules(rule.cssRules) : [rule]));
    const hovered = [...document.styleSheets]
      .flatMap((sheet) => rules(sheet.cssRules))
      .flatMap((rule) => rule.selectorText?.split(',') ?? [])
      .filter((selector) => selector.includes(':hover'))
      .flatMap((selector) => [...document.querySelectorAll(selector.replaceAll(/:hover|:enabled/g, ''))])
      .filter((element) => !element.matches(controls));
    const framed = [...document.querySelectorAll('body *')].filter((element) => {
      if (!shown(element) || element.closest(controls) !== null || element.querySelector(controls) !== null)
        return false;
      const style = getComputedStyle(element);
      const sides = ['Top', 'Right', 'Bottom', 'Left'].map((side) => Number.parseFloat(style[`border${side}Width`]));
      const isRound = Number.parseFloat(style.borderTopLeftRadius) > 0;
      return isRound && sides.every((width) => width > 0) && element.getBoundingClientRect().width < innerWidth / 2;
    });
    return [...hovered, ...framed].map(describeElement);
  };

  const violations = async () => {
    const { violations: found } = await axe.run(document, { resultTypes: ['violations'] });
    return found.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} (${node.failureSummary})`),
    );
  };

  const tabStops = () => {
    const main = document.querySelector('main');
    const scrolled = main?.scrollTop ?? 0;
    // What the window has no room for lies above the footer.
    const hidden = main === null ? 0 : main.scrollHeight - main.clientHeight;
    const shift = (element) => {
      if (element.closest('main') !== null) return scrolled;
      return element.closest('footer') === null ? 0 : hidden;
    };
    return [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')]
      .filter((element) => element.tabIndex >= 0 && !element.disabled && shown(element))
      .map((element) => {
        const box = element.getBoundingClientRect();
        const y = box.top + box.height / 2 + shift(element);
        // A tall element starts where its top is; the row of a button is its middle.
        return { element: describeElement(element), x: box.left, y: box.height > 60 ? box.top : y };
      });
  };

  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  /**
   * What is painted: along the lowest row that has the wired colour, where its runs begin and end (shares of their whole
   * extent); and up the last column, how tall each of the two lowest solid tiers is, in pixels.
   */
  const paintedTiers = () => {
    const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const [wired, app] = [token('--wired'), token('--app')];
    const canvas = document.querySelector('[data-testid=chart-tiers] canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const colour = (x, y) => {
      const at = (y * width + x) * 4;
      return `#${[...data.slice(at, at + 3)].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
    };
    // The sample of the pattern in the labels has the colour too, but is no wider than a letter.
    const runsOf = (y) => {
      const runs = [];
      for (let x = 0, from = -1; x <= width; x++) {
        const is = x < width && colour(x, y) === wired;
        if (is && from < 0) from = x;
        if (!is && from >= 0) {
          if (x - from > 20) runs.push([from, x]);
          from = -1;
        }
      }
      return runs;
    };
    let bottom = height - 1;
    while (bottom > 0 && runsOf(bottom).length === 0) bottom--;
    const runs = runsOf(bottom - 5);
    const [first, last] = [runs[0][0], runs.at(-1)[1]];
    const tall = (wanted) => {
      let rows = 0;
      for (let y = 0; y < height; y++) if (colour(last - 3, y) === wanted) rows++;
      return rows;
    };
    return {
      runs: runs.map(([from, to]) => [(from - first) / (last - first), (to - first) / (last - first)]),
      share: (last - first) / width,
      wired: tall(wired),
      app: tall(app),
    };
  };

  /** As if nothing had been focused yet. Buttons that arm themselves a moment after they appear are waited for. */
  const startOver = async () => {
    const unarmed = () => document.querySelector('button:disabled, button[aria-disabled=true]');
    for (const end = performance.now() + 5000; unarmed() !== null; await new Promise((done) => setTimeout(done, 50)))
      if (performance.now() > end) throw new Error(`still disabled after 5 s: ${unarmed().outerHTML}`);
    document.activeElement?.blur();
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
  };

  const focused = () => describeElement(document.activeElement);
  const focusRing = () => getComputedStyle(document.activeElement).outlineWidth;

  const observe = () => {
    window.seen = [];
    window.observer?.disconnect();
    window.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === 'castellan:chart-update') window.seen.push(entry.duration);
    });
    window.observer.observe({ entryTypes: ['measure'] });
  };

  const observed = () => {
    for (const entry of window.observer.takeRecords())
      if (entry.name === 'castellan:chart-update') window.seen.push(entry.duration);
    return window.seen;
  };

  /** From the click to the frame after the chart shows the answer, ms. */
  const timeSwitch = (range) =>
    new Promise((done) => {
      const start = performance.now();
      const chart = document.querySelector('[data-testid=chart-tiers]');
      const before = chart.getAttribute('aria-label');
      const watch = new PerformanceObserver(() => {
        if (!document.querySelector(`[data-testid=range-${range}]`).matches('[aria-pressed=true]')) return;
        if (chart.getAttribute('aria-label') === before) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
      });
      watch.observe({ entryTypes: ['measure'] });
      document.querySelector(`[data-testid=range-${range}]`).click();
    });

  return {
    overflows,
    falseControls,
    violations,
    wholeText,
    leavesWindow,
    tabStops,
    startOver,
    focused,
    focusRing,
    observe,
    observed,
    timeSwitch,
    paintedTiers,
    painted,
  };
})();
