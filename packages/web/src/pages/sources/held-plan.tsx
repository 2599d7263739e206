import type { Plan } from '../../api/types.ts';
import { PlanView } from '../../components/plan-view.tsx';
import { Section } from '../../components/section.tsx';

interface HeldPlanProps {
  readonly plan: Plan;
  readonly onJob: (id: string) => void;
}

/** A sweep that would change more than its policy lets pass unasked. */
export function HeldPlan({ plan, onJob }: HeldPlanProps) {
  return (
    <Section title="Held back: read again and written only if it is still exactly this">
      <PlanView
        plan={plan}
        onDone={(job) => {
          if (job !== undefined) onJob(job.id);
        }}
      />
    </Section>
  );
}
