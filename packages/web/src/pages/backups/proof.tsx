import type { Archive } from '../../api/types.ts';
import { Status } from '../../components/status.tsx';
import { agoText } from '../../components/when.tsx';

export function Proof({ archive }: { readonly archive: Archive }) {
  const { there, copies, proof, provenAt } = archive;
  if (!there && !copies.some(({ stored }) => stored)) return <Status tone="bad" word="file is gone" />;
  if (proof === 'proven')
    return <Status tone="good" word={provenAt === null ? 'proven' : `proven ${agoText(provenAt)}`} />;
  if (proof === 'none') return <Status tone="warning" word="not proven" />;
  return <Status word={proof} tone={proof === 'failed' ? 'bad' : 'info'} />;
}

/** The path of an archive's page. */
export const archivePath = (id: string): string => `/backups/${encodeURIComponent(id)}`;
