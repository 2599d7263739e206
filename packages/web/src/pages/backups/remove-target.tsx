import { pathOf } from '../../api/api-client.ts';
import { Ask } from '../../components/ask.tsx';
import { useConsented } from '../../components/use-consented.ts';

interface RemoveTargetProps {
  readonly name: string;
  readonly onClose: () => void;
}

export function RemoveTarget({ name, onClose }: RemoveTargetProps) {
  const { asked, act, busy, error } = useConsented(`/backups/targets${pathOf(name)}`, {
    ...{ stale: ['/backups'], done: `${name} is forgotten`, onDone: onClose },
  });
  return (
    <Ask
      title={`Forget ${name}`}
      action="Forget it"
      danger
      busy={busy}
      error={error}
      onYes={act}
      onClose={onClose}
    >
      {asked === undefined
        ? 'Looking what is there …'
        : `What is there stays there: ${String(asked['archives'])} archives are no longer known, and its credentials are forgotten.`}
    </Ask>
  );
}
