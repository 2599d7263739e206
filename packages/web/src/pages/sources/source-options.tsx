// The options of a kind of source as a form.

import { PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import type { SourceKind } from '../../api/types.ts';

export type OptionValues = Readonly<Record<string, string | boolean>>;

/** What is sent: empty options are left out. */
export const sentOptions = (values: OptionValues): Record<string, string | boolean> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== false));

interface SourceOptionsProps {
  readonly kind: SourceKind;
  readonly values: OptionValues;
  readonly onChange: (values: OptionValues) => void;
}

export function SourceOptions({ kind, values, onChange }: SourceOptionsProps) {
  return (
    <Stack gap="xs">
      {kind.options.map(({ name, kind: of, secret, required, summary }) => {
        const put = (value: string | boolean): void => onChange({ ...values, [name]: value });
        if (of === 'flag')
          return (
            <Switch
              key={name}
              size="xs"
              label={name}
              description={summary}
              checked={values[name] === true}
              onChange={({ currentTarget }) => put(currentTarget.checked)}
            />
          );
        const Input = secret ? PasswordInput : TextInput;
        return (
          <Input
            key={name}
            label={name}
            description={summary}
            required={required}
            autoComplete="off"
            value={String(values[name] ?? '')}
            onChange={({ currentTarget }) => put(currentTarget.value)}
          />
        );
      })}
    </Stack>
  );
}
