// How far behind the archives are, by data class: "40 s behind, proven 03:10".

import { Group, Text, Tooltip } from '@mantine/core';
import type { ClassState } from '../../api/types.ts';
import { spanText } from '../../components/numbers.ts';
import { Status } from '../../components/status.tsx';
import { clockText, localText } from '../../components/when.tsx';

export const behindText = ({ behindMs }: ClassState): string =>
  behindMs === null
    ? 'no archive'
    : behindMs < 1_000
      ? 'nothing behind'
      : `${spanText(behindMs / 1000)} behind`;

export function classTone({ ok, behindMs, provenAt }: ClassState) {
  if (ok === false) return 'bad';
  return ok === null || behindMs === null || provenAt === null ? 'warning' : 'good';
}

const allowedText = ({ policyMs }: ClassState): string =>
  policyMs === null ? 'No schedule keeps it' : `The schedule allows ${spanText(policyMs / 1000)}`;

export function ClassStates({ classes }: { readonly classes: readonly ClassState[] }) {
  return (
    <Group gap="xs" component="ul" className="hf-classes" aria-label="Backup by data class">
      {classes.map((each) => (
        <Tooltip
          key={each.class}
          label={[
            allowedText(each),
            each.newestAt === null ? undefined : `newest archive ${localText(each.newestAt)}`,
            each.provenAt === null ? undefined : `proven ${localText(each.provenAt)}`,
          ]
            .filter((part) => part !== undefined)
            .join(' · ')}
        >
          <li data-tone={classTone(each)}>
            <Text size="sm" fw={600} component="div">
              <Status tone={classTone(each)} word={each.class} />
            </Text>
            <Text size="sm" className="hf-number">
              {behindText(each)}
            </Text>
            <Text size="xs" c="dimmed" className="hf-number">
              {each.provenAt === null ? 'never proven' : `proven ${clockText(each.provenAt)}`}
              {each.policyMs === null && ', no schedule'}
            </Text>
          </li>
        </Tooltip>
      ))}
    </Group>
  );
}
