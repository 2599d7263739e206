import { Checkbox } from '@mantine/core';

interface NearestProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** What an engine cannot keep as it is is refused, unless this is agreed to. */
export function Nearest({ checked, onChange }: NearestProps) {
  return (
    <Checkbox
      size="xs"
      label="Take the nearest value where an engine cannot keep one as it is"
      checked={checked}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}
