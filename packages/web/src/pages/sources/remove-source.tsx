import { List } from '@mantine/core';
import { Ask } from '../../components/ask.tsx';
import { countText } from '../../components/numbers.ts';
import { useConsented } from '../../components/use-consented.ts';

interface RemoveSourceProps {
  readonly name: string;
  readonly path: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function RemoveSource({ name, path, onClose, onDone }: RemoveSourceProps) {
  const options = {
    stale: ['/sources$', '/resources', '/history', '/drift', '/plans', '/runs', '/overview'],
    done: `${name} is removed`,
    onDone,
  };
  const { asked, act, busy, error } = useConsented(path, options);
  const tables = Object.entries((asked?.['tables'] ?? {}) as Record<string, number>);
  return (
    <Ask
      title={`Remove ${name}`}
      action="Remove it and its records"
      danger
      busy={busy}
      error={error}
      onYes={act}
      onClose={onClose}
    >
      {asked === undefined ? (
        'Counting what would go …'
      ) : (
        <>
          {countText(Number(asked['records']))} records go with it:
          <List size="sm">
            {tables.map(([table, count]) => (
              <List.Item key={table}>
                {table}: {countText(count)}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Ask>
  );
}
