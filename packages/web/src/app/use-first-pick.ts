// Enter picks of what fits the text as it stands: where that is still being read, it waits for it.

import { createSpotlight } from '@mantine/spotlight';
import { type KeyboardEvent, useEffect, useRef } from 'react';

export const [paletteStore, palette] = createSpotlight();

/** @param reading whether more may come that fits what is typed */
export function useFirstPick(typed: string, reading: boolean) {
  const list = useRef<HTMLDivElement>(null);
  /** The text for which Enter was pressed before anything was there. */
  const waiting = useRef<string>(undefined);
  const marked = (): Element | null | undefined => list.current?.querySelector('[data-selected]');

  useEffect(() => {
    if (waiting.current !== typed) waiting.current = undefined;
    if (typed === '' || marked()) return;
    // The palette marks the first when something is typed, and no other that comes after that.
    const first = list.current?.querySelector<HTMLElement>('[data-action]');
    if (first) {
      first.setAttribute('data-selected', 'true');
      paletteStore.updateState((state) => ({ ...state, selected: 0 }));
      if (waiting.current !== undefined) first.click();
    }
    if (first || !reading) waiting.current = undefined;
  });

  const onKeyDown = ({ key, nativeEvent }: KeyboardEvent): void => {
    if (key === 'Enter' && !nativeEvent.isComposing && reading && !marked()) waiting.current = typed;
  };
  return { list, onKeyDown };
}
