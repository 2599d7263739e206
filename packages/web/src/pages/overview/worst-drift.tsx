import type { Drift, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';

export function WorstDrift() {
  const read = useRead<Page<Drift>>('/drift', { state: 'open', limit: 6 });
  return (
    <Section title="Open drift">
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="drift" title="Nothing differs from what is desired">
              Give records a desired state on their pages to have them compared.
            </Empty>
          ) : (
            <PlainTable
              label="Open drift"
              heads={['severity', 'record', 'field', 'last seen']}
              rows={items.map((item) => ({
                key: `${item.resource} ${item.id} ${item.path}`,
                cells: [
                  <Status key="severity" word={item.severity} />,
                  <RecordLink key="record" {...item} />,
                  item.path,
                  <When key="when" at={item.lastSeen} ago />,
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
