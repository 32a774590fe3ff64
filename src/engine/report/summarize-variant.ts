/** A variant as a report holds it: sizes, and the changes and refusals of each pass, grouped and counted. */
import type { Change, Refusal } from '../passes/pass';
import type { Optimization, PassReport } from '../recipe/optimization';
import type { Recipe } from '../recipe/recipe';
import { mostGroups, mostOperatorNames, mostPasses, type ReportPass, type ReportVariant } from './report-schema';
import { cutName, cutText } from '../metrics/schema-parts';
import { summarizeDetails } from './summarize-details';

export interface VariantSource {
  readonly id: string;
  readonly name: string;
  readonly recipe: Recipe;
  /** Name of the file that it was opened from: its recipe is empty. Absent: its recipe made it. */
  readonly fromFile?: string | undefined;
  readonly optimization: Optimization;
  readonly gzipBytes: { readonly original: number; readonly variant: number } | null;
  /** Name of another model than the original that its recipe learned from. */
  readonly teacher?: string;
}

export function summarizeVariant(source: VariantSource): ReportVariant {
  const { id, name, recipe, fromFile, optimization, gzipBytes, teacher } = source;
  const { variant, sizeBytes, passes, ms } = optimization;
  return {
    id,
    name: cutName(name),
    recipe: copyOfRecipe(recipe),
    ...(fromFile !== undefined && { fromFile: cutName(fromFile) }),
    ...(teacher !== undefined && { teacher: cutName(teacher) }),
    sha256: variant.sha256,
    sizeBytes: { original: sizeBytes.original, variant: sizeBytes.variant },
    gzipBytes: gzipBytes && { original: gzipBytes.original, variant: gzipBytes.variant },
    nodes: variant.nodes,
    parameters: variant.parameters,
    passes: passes.slice(0, mostPasses).map(summarizePass),
    ms,
  };
}

/** Copies the recipe as JSON carries it: read-only views become the report's own data. */
function copyOfRecipe({ version, seed, steps, data }: Recipe): ReportVariant['recipe'] {
  return JSON.parse(JSON.stringify({ version, seed, steps, data })) as ReportVariant['recipe'];
}

function summarizePass({ id, ms, changes, refusals, sentence, details }: PassReport): ReportPass {
  return {
    id,
    ms,
    changes: groupChanges(changes),
    changeCount: changes.length,
    refusals: groupRefusals(refusals),
    refusalCount: refusals.length,
    ...(sentence !== undefined && { sentence: cutText(sentence) }),
    ...(details && { details: summarizeDetails(details) }),
  };
}

/** Refusals with equal reasons, counted, most frequent first. */
export function groupRefusals(refusals: readonly Refusal[]): ReportPass['refusals'] {
  const groups = new Map<string, { code: string; reason: string; ops: string[]; count: number }>();
  for (const { code, op, reason } of refusals) {
    const key = JSON.stringify([code, reason]);
    const group = groups.get(key) ?? { code: cutName(code), reason: cutText(reason), ops: [], count: 0 };
    groups.set(key, group);
    group.count += 1;
    const name = cutName(op);
    if (!group.ops.includes(name) && group.ops.length < mostOperatorNames) group.ops.push(name);
  }
  return mostFrequent([...groups.values()]);
}

function groupChanges(changes: readonly Change[]): ReportPass['changes'] {
  const groups = new Map<string, { op: string; what: string; count: number }>();
  for (const { op, what } of changes) {
    const key = JSON.stringify([op, what]);
    const group = groups.get(key) ?? { op: cutName(op), what: cutText(what), count: 0 };
    groups.set(key, group);
    group.count += 1;
  }
  return mostFrequent([...groups.values()]);
}

export function mostFrequent<Group extends { count: number }>(groups: Group[]): Group[] {
  return groups.sort((a, b) => b.count - a.count).slice(0, mostGroups);
}
