/** A preview, on request, of the channels or layers that a structural step removes, and why it keeps the rest. */
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatChange, formatCount, formatPercent } from '../../../../engine/format';
import type { StructuralPlan } from '../../../../engine/passes/pass';
import type { TableDetail } from '../../../../engine/passes/pass-details';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { planBasis, planStep } from '../../../state/recipe/plan-actions';
import { setStepOption } from '../../../state/recipe/recipe-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { DetailTable } from '../../components/details/DetailTable';
import classes from './SidePanel.module.css';

type Planned = { readonly for: string } & ({ readonly plan: StructuralPlan } | { readonly problem: string });

export function StepPlan({ index }: { readonly index: number }) {
  const [isAsked, setAsked] = useState(false);
  const [planned, setPlanned] = useState<Planned>();
  const asked = useWorkspace(({ recipe }) => planBasis(recipe, index));
  useEffect(() => {
    if (!isAsked) return undefined;
    const controller = new AbortController();
    // Options change with every step of a slider.
    const timer = setTimeout(() => {
      planStep(controller.signal, index).then(
        (plan) => plan && setPlanned({ for: asked, plan }),
        (error: unknown) => controller.signal.aborted || setPlanned({ for: asked, problem: sentenceOf(error) }),
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      controller.abort(new DOMException('Another plan was asked for.', 'AbortError'));
    };
  }, [isAsked, index, asked]);
  if (!isAsked) {
    return (
      <Button variant="default" size="xs" onClick={() => setAsked(true)}>
        Preview removal
      </Button>
    );
  }
  if (planned === undefined) return <p className={classes.note}>Planning…</p>;
  if ('problem' in planned) return <p className={classes.note}>{planned.problem}</p>;
  return (
    <>
      <Reachable index={index} share={planned.plan.reachable} />
      <PlanTables plan={planned.plan} isStale={planned.for !== asked} />
    </>
  );
}

/** Offers the largest reachable share if the target cannot be met. */
function Reachable({ index, share }: { readonly index: number; readonly share: number | undefined }) {
  if (share === undefined) return null;
  if (share === 0) return <p className={classes.note}>Nothing can be removed.</p>;
  return (
    <p className={classes.note}>
      At most {formatPercent(share)} can be removed.{' '}
      <Button variant="default" size="compact-xs" onClick={() => setStepOption(index, 'remove', share)}>
        Remove {formatPercent(share)}
      </Button>
    </p>
  );
}

function PlanTables({ plan, isStale }: { readonly plan: StructuralPlan; readonly isStale: boolean }) {
  const { macs, parameters } = plan;
  const costs = [
    ...(macs.before === null || macs.after === null ? [] : [costText('MACs', macs.before, macs.after)]),
    costText('parameters', parameters.before, parameters.after),
  ];
  return (
    <div aria-busy={isStale} aria-live="polite">
      <p className={classes.note}>
        {isUnchanged(plan)
          ? 'From weights alone, nothing is removed. Data may change this.'
          : `${costs.join(' · ')}. Estimated from weights alone; data may change this.`}
      </p>
      {plan.assumption !== undefined && <p className={classes.note}>{plan.assumption}</p>}
      <details className={classes.advanced}>
        <summary>Layer by layer</summary>
        <div className={classes.fields}>
          {tablesOf(plan).map((detail) => (
            <DetailTable key={detail.title} detail={detail} />
          ))}
        </div>
      </details>
    </div>
  );
}

/** True if the plan changes nothing, as for residual blocks: data selects them, but the plan is made without data. */
function isUnchanged({ macs, parameters, reachable }: StructuralPlan): boolean {
  return reachable === undefined && macs.after === macs.before && parameters.after === parameters.before;
}

function costText(name: string, before: number, after: number): string {
  return `${formatCount(after)} ${name} (${formatChange(before, after)})`;
}

/** Groups of channels, or what the pass tells in tables of its own; then what stays. */
function tablesOf(plan: StructuralPlan): readonly TableDetail[] {
  const { details, locked } = plan;
  const own = Object.values(details ?? {}).filter((detail) => detail.kind === 'table');
  const stays = details === undefined ? 'Channels that cannot be removed' : 'Skipped';
  return [
    ...(details === undefined ? [groupTable(plan)] : own),
    ...(locked.length === 0 ? [] : [lockedTable(plan, stays)]),
  ];
}

function groupTable({ groups }: StructuralPlan): TableDetail {
  const areHeld = groups.some(({ reason }) => reason !== undefined);
  const someAreHeads = groups.some(({ areHeads }) => areHeads);
  const areOfSeveralKinds = someAreHeads || groups.some(({ areNormalized }) => areNormalized);
  return {
    kind: 'table',
    title: someAreHeads ? 'Coupled channels and heads' : 'Coupled channels',
    columns: [
      { label: 'First layer', unit: 'path' },
      { label: 'Kept', unit: 'count' },
      { label: 'Total', unit: 'count' },
      ...(areOfSeveralKinds ? ([{ label: 'Kind', unit: 'text' }] as const) : []),
      { label: 'Layers', unit: 'count' },
      ...(areHeld ? ([{ label: 'Reason', unit: 'text' }] as const) : []),
    ],
    rows: groups.map(({ id, nodes, channels, kept, areHeads, areNormalized, reason }) => [
      id,
      kept,
      channels,
      ...(areOfSeveralKinds ? [areHeads ? 'heads' : areNormalized ? 'normalized' : ''] : []),
      nodes.length,
      ...(areHeld ? [reason ?? null] : []),
    ]),
  };
}

function lockedTable({ locked }: StructuralPlan, title: string): TableDetail {
  return {
    kind: 'table',
    title,
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Reason', unit: 'text' },
    ],
    rows: locked.map(({ path, reason }) => [path, reason]),
  };
}
