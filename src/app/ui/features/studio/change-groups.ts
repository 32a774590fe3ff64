/** Changes and refusals in groups that a person can read, most frequent first. */
import type { Change, Refusal, Widening } from '../../../../engine/passes/pass';
import { resolveOptions } from '../../../../engine/passes/options';
import { findPass } from '../../../../engine/passes/registry';
import type { PassReport } from '../../../../engine/recipe/optimization';
import type { Recipe } from '../../../../engine/recipe/recipe';
import { formatCount } from '../../../../engine/format';

export interface NodeGroup {
  readonly text: string;
  readonly ops: readonly string[];
  readonly paths: readonly string[];
}

const mostOps = 6;

/** Changes by operator: the change, or the most frequent one if they differ. Each node then states its own. */
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
      const kinds = mostFrequentFirst(members.map(({ what }) => what));
      return {
        text: textOfKinds(kinds, members.length),
        ops: [op],
        paths: members.map(({ path, what }) => (kinds.length === 1 ? path : `${path}: ${what}`)),
      };
    });
}

type Counted = readonly [text: string, count: number];

function mostFrequentFirst(texts: readonly string[]): readonly Counted[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function textOfKinds([first, ...others]: readonly Counted[], all: number): string {
  if (first === undefined) return '';
  const [what, count] = first;
  if (others.length === 0) return what;
  if (count === 1) return 'Each in its own way';
  return `${what.replace(/\.$/, '')} (${formatCount(count)}), and in other ways (${formatCount(all - count)})`;
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

/** The option with which the pass of a report could change more nodes. */
export function wideningOf({ id, options, refusals }: PassReport): Widening | undefined {
  const pass = findPass(id);
  if (pass?.presentation.alsoTake === undefined) return undefined;
  try {
    return pass.presentation.alsoTake(resolveOptions(pass, options), refusals);
  } catch {
    // Options of a later version.
    return undefined;
  }
}

/** The same recipe, in which the pass takes that too. */
export function widened(recipe: Recipe, pass: string, { options }: Widening): Recipe {
  const steps = recipe.steps.map((step) =>
    step.pass === pass ? { ...step, options: { ...step.options, ...options } } : step,
  );
  return { ...recipe, steps };
}
