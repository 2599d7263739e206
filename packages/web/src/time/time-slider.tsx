// Puts the whole inventory at an instant of the past, and says so for as long as it is there.

import { Alert, Button, Group, Popover, Slider, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../components/icon.tsx';
import { localText } from '../components/when.tsx';
import { useAsOf } from './as-of.tsx';

const spans = [
  { label: '1 h', ms: 3_600_000 },
  { label: '24 h', ms: 86_400_000 },
  { label: '7 d', ms: 604_800_000 },
  { label: '30 d', ms: 2_592_000_000 },
];

/** What an input of kind `datetime-local` takes: the viewer's zone, to the second. */
const inputText = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

export function TimeSlider() {
  const { at, set } = useAsOf();
  const [span, setSpan] = useState(spans[1]!);
  const [back, setBack] = useState(0);
  const choose = (share: number): void => {
    set(share === 0 ? undefined : new Date(Date.now() - (share / 1000) * span.ms).toISOString());
  };
  return (
    <Popover width={340} position="bottom-end" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button variant={at === undefined ? 'default' : 'filled'} leftSection={<Icon name="timeline" />}>
          {at === undefined ? 'Now' : localText(at)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm">The inventory as it was</Text>
          <Group gap={6}>
            {spans.map((each) => (
              <Button
                key={each.label}
                size="compact-xs"
                variant={each === span ? 'filled' : 'default'}
                onClick={() => setSpan(each)}
              >
                {each.label}
              </Button>
            ))}
          </Group>
          <Slider
            min={0}
            max={1000}
            value={1000 - back}
            onChange={(value) => setBack(1000 - value)}
            onChangeEnd={(value) => choose(1000 - value)}
            label={(value) =>
              value === 1000
                ? 'now'
                : localText(new Date(Date.now() - ((1000 - value) / 1000) * span.ms).toISOString())
            }
            thumbLabel="Instant that is looked at"
          />
          <TextInput
            type="datetime-local"
            step={1}
            label="Or exactly at"
            value={at === undefined ? '' : inputText(new Date(at))}
            onChange={({ currentTarget: { value } }) => {
              const instant = new Date(value);
              if (value === '') set(undefined);
              else if (!Number.isNaN(instant.getTime())) set(instant.toISOString());
            }}
          />
          <Button
            variant="default"
            onClick={() => {
              set(undefined);
              setBack(0);
            }}
          >
            Back to now
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

export function PastBanner() {
  const { at, set } = useAsOf();
  if (at === undefined) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="timeline" size={18} />}
      title={`The inventory as it was at ${localText(at)}`}
      p="xs"
      mb="md"
    >
      <Group gap="sm">
        <Text size="sm">{at}. Nothing shown here is as it is now, and nothing of it can be changed.</Text>
        <Button size="compact-xs" variant="default" onClick={() => set(undefined)}>
          Back to now
        </Button>
      </Group>
    </Alert>
  );
}
