// What of a resource's table is shown and how; views are kept in this browser under a name.

import { useLocalStorage } from '@mantine/hooks';

export interface View {
  readonly q: string;
  /** As the API takes them: `status=running`. */
  readonly where: readonly string[];
  /** Undefined: those of the resource's summary. */
  readonly columns: readonly string[] | undefined;
  readonly sort: string | undefined;
  readonly present: boolean;
}

export const plainView: View = { q: '', where: [], columns: undefined, sort: undefined, present: false };

export function useSavedViews(resource: string) {
  const [views, setViews] = useLocalStorage<Readonly<Record<string, View>>>({
    key: `holdfast.views.${resource}`,
    defaultValue: {},
  });
  return {
    views,
    save: (name: string, view: View): void => setViews({ ...views, [name]: view }),
    remove: (name: string): void => {
      const { [name]: _, ...rest } = views;
      setViews(rest);
    },
  };
}
