import type { Source } from '../../api/types.ts';
import { Status } from '../../components/status.tsx';

export function SourceState({ source }: { readonly source: Source }) {
  const { enabled, lastRun, incomplete, held } = source;
  if (!enabled) return <Status tone="quiet" word="turned off" />;
  if (held.length > 0) return <Status tone="warning" word="held back" />;
  if (lastRun === null) return <Status tone="quiet" word="never read" />;
  if (incomplete.length > 0)
    return (
      <Status
        tone="warning"
        word={`${incomplete.length} ${incomplete.length === 1 ? 'part' : 'parts'} not read`}
      />
    );
  return <Status tone="good" word="read in full" />;
}
