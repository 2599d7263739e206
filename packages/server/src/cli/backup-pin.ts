// holdfast backup pin: an archive that no retention removes.

import type { Command } from 'commander';
import { pinArchive } from '../backups/pin.ts';
import type { Invocation } from './invocation.ts';

export function registerPin(command: Command, invocation: Invocation): void {
  command
    .command('pin')
    .description('keep an archive, and what it goes back to, whatever the retention says')
    .argument('<archive>', 'id')
    .option('--off', 'let the retention decide again')
    .action((archive: string, { off = false }: { off?: boolean }) =>
      invocation.withStore({ create: false }, async (store) => {
        const shown = await pinArchive(store, archive, !off);
        invocation.print(shown, () => (off ? `${shown.id} is no longer pinned` : `${shown.id} is kept`));
      }),
    );
}
