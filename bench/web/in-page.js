// What the bench does inside the page, where a frame can be looked at once it is drawn.

const rowsOf = () =>
  [...document.querySelectorAll('.hf-grid tbody tr')].filter((row) => row.textContent !== '');

/** Scrolls for some seconds, and counts the frames in which a row in sight had no text. */
window.scrollThrough = (perSecond, seconds) =>
  new Promise((resolve) => {
    const grid = document.querySelector('.hf-grid');
    const begun = performance.now();
    let frames = 0;
    let blank = 0;
    const look = () => {
      const { left, top, bottom } = grid.getBoundingClientRect();
      frames++;
      for (let y = top + 50; y < bottom - 20; y += 30)
        if (!document.elementFromPoint(left + 80, y)?.closest('tr')?.textContent) {
          blank++;
          break;
        }
      const passed = performance.now() - begun;
      if (passed > seconds * 1000) return resolve({ frames, blank, rows: Math.round(grid.scrollTop / 34) });
      grid.scrollTop = (passed / 1000) * perSecond;
      // What is drawn in this frame is looked at once it is.
      requestAnimationFrame(() => setTimeout(look));
    };
    look();
  });

/** Milliseconds from the last key to rows that all fit. */
window.searchFor = (text) =>
  new Promise((resolve) => {
    const field = document.querySelector('input[aria-label^="Search "]');
    const begun = performance.now();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => {
      const rows = rowsOf();
      if (rows.length > 0 && rows.every((row) => row.textContent.includes(text)))
        resolve(performance.now() - begun);
      else requestAnimationFrame(look);
    };
    look();
  });
