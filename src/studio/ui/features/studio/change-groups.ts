/** Changes and refusals in groups that a person can read: equal sentences together, most frequent first. */
import type { PassReport } from '../../../../engine/recipe/optimization';
import type { Recipe } from '../../../../engine/recipe/recipe';

export interface NodeGroup {
  readonly text: string;
  readonly ops: readonly string[];
  readonly paths: readonly string[];
}

interface NodeEntry {
  readonly path: string;
  readonly op: string;
  readonly text: string;
}

const mostOps = 6;

export function groupNodes(entries: readonly NodeEntry[]): readonly NodeGroup[] {
  const groups = new Map<string, { text: string; ops: Set<string>; paths: string[] }>();
  for (const { path, op, text } of entries) {
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
