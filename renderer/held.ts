/**
 * A button that cannot be pressed just now (its question is being answered, or it has only appeared) is `aria-disabled` and
 * keeps the focus. From one that is `disabled` Chromium takes it, and who goes by keys would begin anew at the top of the page.
 */
export const ignoreHeld = (page: Document): void => {
  page.addEventListener(
    'click',
    (event) => {
      if (!(event.target instanceof Element) || event.target.closest('button[aria-disabled=true]') === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
};
