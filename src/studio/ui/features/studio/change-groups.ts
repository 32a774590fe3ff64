/** Changes and refusals in groups that a person can read, most frequent first. */
import type { Change, Refusal } from '../../../../engine/passes/pass';
import type { PassReport } from '../../../../engine/recipe/optimization';
import type { Recipe } from '../../../../engine/recipe/recipe';

export interface NodeGroup {
  readonly text: string;
  readonly ops: readonly string[];
  readonly paths: readonly string[];
}

const mostOps = 6;

/** Changes by operator: what was done, when it was the same everywhere; else each node says it for itself. */
export function groupChanges(changes: readonly Change[]): readonly NodeGroup[] {
  const byOp = new Map<string, Change[]>();
  for (const change of changes) {
    const members = byOp.get(change.op) ?? [];
    members.push(change);
    byOp.set(change.op, members);
  }
  return [...byOp]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([op, members]) => {
      const [first] = members;
      const same = first !== undefined && members.every((change) => change.what === first.what);
      return {
        text: same ? first.what : '',
        ops: [op],
        paths: members.map((change) => (same ? change.path : `${change.path}: ${change.what}`)),
      };
    });
}

/** Refusals by reason: equal sentences together, whatever the operator. */
export function groupRefusals(refusals: readonly Refusal[]): readonly NodeGroup[] {
  const groups = new Map<string, { text: string; ops: Set<string>; paths: string[] }>();
  for (const { path, op, reason: text } of refusals) {
    const group = groups.get(text) ?? { text, ops: new Set(), paths: [] };
    group.ops.add(op);
    group.paths.push(path);
    groups.set(text, group);
  }
  return [...groups.values()]
    .toSorted((a, b) => b.paths.length - a.paths.length)
    .map(({ text, ops, paths }) => ({
      text,
      paths,
      ops: ops.size > mostOps ? [...[...ops].slice(0, mostOps), `${ops.size - mostOps} more`] : [...ops],
    }));
}

function takesConv(report: PassReport): boolean {
  const opTypes = report.options['opTypes'];
  return Array.isArray(opTypes) && opTypes.some((entry) => entry === 'Conv' || entry === 'all');
}

/** True when the quantizer left convolutions in float only because its default does so. */
export function isConvLeftOut(report: PassReport): boolean {
  return (
    report.id === 'quantize-dynamic' && !takesConv(report) && report.refusals.some((refusal) => refusal.op === 'Conv')
  );
}

/** The same recipe, with convolutions quantized too. */
export function withConv(recipe: Recipe, opTypes: readonly string[]): Recipe {
  const steps = recipe.steps.map((step) =>
    step.pass === 'quantize-dynamic' ? { ...step, options: { ...step.options, opTypes } } : step,
  );
  return { ...recipe, steps };
}
