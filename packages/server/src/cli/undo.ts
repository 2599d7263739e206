// holdfast undo: what one sweep, one call, or the last change of one record did, taken back as a plan.

import { HoldfastError } from '@holdfast/core';
import { type UndoTarget, undoDraft, undoKind } from '@holdfast/core/history';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import type { Command } from 'commander';
import { findKey } from './find-record.ts';
import type { Invocation } from './invocation.ts';
import { paint, printText } from './output.ts';
import { planText } from './plan-text.ts';
import { trackedResources } from './tracked-resources.ts';

interface Flags {
  readonly run?: string;
  readonly request?: string;
  readonly dryRun?: boolean;
}

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('[resource]', 'as proxmox.vm, with an id: its last change')
    .argument('[id]', 'the record, as list gives it')
    .option('--run <id>', 'everything that one sweep changed')
    .option('--request <id>', 'everything that one call of the command line or the API changed')
    .option('--dry-run', 'do it up to the end, and take it back')
    .action((name: string | undefined, id: string | undefined, flags: Flags) => {
      const open = { create: false };
      const { intents } = invocation.place(open);
      return invocation.withStore(open, async (store) => {
        const resources = trackedResources(undefined);
        const kind = undoKind(resources);
        const draft = await undoDraft(store, resources, await targetOf(name, id, flags));
        const plan = makePlan(draft);
        const actor = { name: invocation.user, via: 'cli' };
        const shared = { store, kind, plan, actor, intents, signal: invocation.signal };
        const apply = (options: { dryRun: boolean }) =>
          store.as({ via: 'undo', reason: plan.title }, () =>
            applyPlan({ ...shared, ...options, consent: giveConsent(plan, { by: actor.name, via: 'cli' }) }),
          );
        // Gates first: nobody should agree to what is refused anyway.
        const tried = await apply({ dryRun: true });
        if (!invocation.json) printText(planText(plan));
        if (!flags.dryRun) await invocation.consent(`${plan.title}.`);
        const result = flags.dryRun ? tried : await apply({ dryRun: false });
        const { steps, hazards, hash } = plan;
        const answer = {
          dryRun: result.dryRun,
          plan: { id: result.id, hash, title: plan.title, steps, hazards },
          effects: result.effects,
          request: invocation.request,
        };
        invocation.print(answer, () =>
          flags.dryRun
            ? paint('dim', 'nothing was changed: it was only tried')
            : `${paint('green', 'undone')}; to take that back: holdfast undo --request ${invocation.request}`,
        );

        async function targetOf(
          resourceName: string | undefined,
          recordId: string | undefined,
          { run, request }: Flags,
        ): Promise<UndoTarget> {
          const given = [run, request, resourceName].filter((each) => each !== undefined);
          if (given.length !== 1 || (resourceName === undefined) !== (recordId === undefined))
            throw new HoldfastError('USAGE', 'undo takes a resource and an id, or --run, or --request', {
              hint: 'holdfast history shows run and request of each change (with --json)',
            });
          if (run !== undefined) return { run };
          if (request !== undefined) return { request };
          const [resource] = trackedResources(resourceName);
          if (resource?.name !== resourceName)
            throw new HoldfastError('USAGE', `${resourceName} is a domain: name one of its resources`, {
              hint: `holdfast undo ${resource?.name} ${recordId}`,
            });
          const key = await findKey(store, resource!, recordId!);
          const plain = Object.fromEntries(
            Object.entries(key).map(([property, value]) => [
              property,
              typeof value === 'bigint' ? String(value) : value,
            ]),
          );
          return { resource: resourceName!, id: recordId!, key: plain as never };
        }
      });
    });
}
