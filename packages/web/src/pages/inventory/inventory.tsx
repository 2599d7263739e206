// All resources with how many records each has.

import { Anchor, Stack } from '@mantine/core';
import { Link } from 'react-router';
import type { Page, Resource } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { countText } from '../../components/numbers.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { TimeSlider } from '../../time/time-slider.tsx';

const notes = ({ history, editable, managed }: Resource): string =>
  [history && 'history', managed && 'desired state', editable && 'editable here'].filter(Boolean).join(', ');

export function Inventory() {
  const read = useRead<Page<Resource>>('/resources', { counts: true });
  return (
    <PageFrame
      title="Inventory"
      about="Everything that is known, by resource. Counts are of now."
      actions={<TimeSlider />}
    >
      <Loaded read={read} rows={10}>
        {({ items }) => (
          <Stack>
            {[...Map.groupBy(items, ({ domain }) => domain)]
              .toSorted(([, one], [, other]) => sum(other) - sum(one))
              .map(([domain, resources]) => (
                <Section key={domain} title={domain}>
                  <PlainTable
                    label={`Resources of ${domain}`}
                    heads={['resource', 'records', 'absent', 'has']}
                    rows={resources.map((each) => ({
                      key: each.resource,
                      cells: [
                        <Anchor
                          key="link"
                          component={Link}
                          to={`/inventory/${encodeURIComponent(each.resource)}`}
                          inherit
                        >
                          {each.resource}
                        </Anchor>,
                        countText(each.records ?? 0),
                        each.absent ? countText(each.absent) : '–',
                        notes(each),
                      ],
                    }))}
                  />
                </Section>
              ))}
          </Stack>
        )}
      </Loaded>
    </PageFrame>
  );
}

const sum = (of: readonly Resource[]): number => of.reduce((all, { records = 0 }) => all + records, 0);
