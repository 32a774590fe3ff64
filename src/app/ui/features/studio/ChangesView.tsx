/**
 * Lists the changes of each pass and the nodes that it left unchanged, with the reasons: grouped and counted, the nodes
 * one click away.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { comparePlacement, describePlacementChange } from '../../../../engine/analysis/compare-placement';
import { restoreFloat } from '../../../../engine/passes/restore-float/restore-float';
import { wholeModel } from '../../../../engine/onnx/traverse';
import type { Change, Refusal, Widening } from '../../../../engine/passes/pass';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { findPass } from '../../../../engine/passes/registry';
import { formatCount, formatDuration, formatNodePath } from '../../../../engine/format';
import { runRecipe } from '../../../state/recipe/optimize-actions';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { Variant } from '../../../state/workspace/workspace-store';
import { Banner } from '../../components/Banner';
import { PassDetailsView } from '../../components/details/PassDetailsView';
import { Term } from '../../components/Term';
import classes from './ChangesView.module.css';
import { VariantSizes } from './VariantSizes';
import { resolveOptions } from '../../../../engine/passes/options';
import type { Recipe } from '../../../../engine/recipe/recipe';

/** Changes and refusals in groups that a person can read, most frequent first. */
interface NodeGroup {
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

export function ChangesView({ variant }: { readonly variant: Variant }) {
  const { passes } = variant.optimization;
  return (
    <div className={classes.view}>
      <VariantSizes variant={variant} />
      <RestoredPlacement variant={variant} />
      {variant.fromFile === undefined ? null : (
        <p className={classes.sentence}>
          Opened from {variant.fromFile}, without a recipe. The Graph view shows which nodes differ.
        </p>
      )}
      {passes.map((report, index) => (
        // A recipe may hold a pass twice.
        // eslint-disable-next-line react/no-array-index-key
        <PassSection key={`${index}:${report.id}`} report={report} variant={variant} />
      ))}
    </div>
  );
}

/** The placement of the received model and of the variant, if the recipe restored floats. */
function RestoredPlacement({ variant }: { readonly variant: Variant }) {
  const original = useWorkspace((state) => state.original?.inspection.providers);
  const isRestored = variant.optimization.passes.some(({ id }) => id === restoreFloat.id);
  if (original === undefined || !isRestored) return null;
  const change = comparePlacement(original, variant.inspection.providers);
  return <p className={classes.sentence}>{describePlacementChange(change)}</p>;
}

function PassSection({ report, variant }: { readonly report: PassReport; readonly variant: Variant }) {
  const { changes, refusals, ms, sentence, details } = report;
  const title = findPass(report.id)?.presentation.title ?? report.id;
  const widening = wideningOf(report);
  return (
    <section className={classes.pass} aria-label={title}>
      <div className={classes.heading}>
        <h3>{title}</h3>
        <span className={classes.note}>
          {formatCount(changes.length)} changed, {formatCount(refusals.length)} skipped, {formatDuration(ms)}
        </span>
      </div>
      {widening === undefined ? null : (
        <AlsoTake variant={variant} pass={report.id} widening={widening} nothing={changes.length === 0} />
      )}
      {sentence === undefined ? null : <p className={classes.sentence}>{sentence}</p>}
      <WhatChanged report={report} />
      {details === undefined ? null : <PassDetailsView details={details} fileName={`${variant.name}-${report.id}`} />}
      {refusals.length === 0 ? null : (
        <GroupList
          title={
            <>
              <Term name="Refusal">Skipped</Term>, by reason
            </>
          }
          groups={groupRefusals(refusals)}
        />
      )}
    </section>
  );
}

function WhatChanged({ report }: { readonly report: PassReport }) {
  const { changes, details, refusals } = report;
  if (changes.length > 0 && details !== undefined) {
    // The pass's own details are the better summary.
    return (
      <details className={classes.folded}>
        <summary>All changes</summary>
        <GroupList groups={groupChanges(changes)} />
      </details>
    );
  }
  if (changes.length > 0) return <GroupList title="Changed" groups={groupChanges(changes)} />;
  if (wideningOf(report) !== undefined) return null;
  return (
    <Banner kind="notice">
      {refusals.length === 0
        ? 'This pass found nothing to change in this model.'
        : 'This pass changed nothing, for the reasons below. Try another pass or preset.'}
    </Banner>
  );
}

interface AlsoTakeProps {
  readonly variant: Variant;
  readonly pass: string;
  readonly widening: Widening;
  readonly nothing: boolean;
}

function AlsoTake({ variant, pass, widening, nothing }: AlsoTakeProps) {
  const busy = useJob((state) => hasJob(state, 'optimize'));
  const { name, leftOut, cost } = widening;
  const include = (): void => {
    const recipe = widened(variant.recipe, pass, widening);
    replaceRecipe(recipe, `Include ${name}`);
    void runRecipe(recipe);
  };
  return (
    <Banner
      kind="notice"
      actions={
        <Button variant="default" onClick={include} disabled={busy}>
          Run with {name}
        </Button>
      }
    >
      {nothing ? 'Nothing was changed. ' : ''}
      {leftOut} {cost} Make a variant with them, then measure it.
    </Banner>
  );
}

/** True for entries about the model as a whole, which name no node. */
function isOfModel(paths: readonly string[]): boolean {
  return paths.every((path) => path === wholeModel.path);
}

function GroupList({ title, groups }: { readonly title?: ReactNode; readonly groups: readonly NodeGroup[] }) {
  return (
    <div>
      {title === undefined ? null : <h4 className={classes.groupTitle}>{title}</h4>}
      <ul className={classes.groups}>
        {groups.map(({ text, ops, paths }) => (
          <li key={`${ops[0] ?? ''}:${text}`} className={classes.group}>
            <span className={classes.count}>{formatCount(paths.length)}</span>
            <div className={classes.groupText}>
              {isOfModel(paths) ? (
                <p>{text}</p>
              ) : (
                <>
                  <p>
                    <strong>{ops.join(', ')}</strong> {text}
                  </p>
                  <WhichNodes paths={paths} />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The number of listed nodes of a group; the count shows the rest. */
const listedNodes = 200;

function WhichNodes({ paths }: Pick<NodeGroup, 'paths'>) {
  return (
    <details className={classes.details}>
      <summary>{paths.length === 1 ? 'Show node' : 'Show nodes'}</summary>
      <ul className={classes.paths}>
        {paths.slice(0, listedNodes).map((path) => (
          <li key={path}>{formatNodePath(path)}</li>
        ))}
        {paths.length > listedNodes ? <li>and {formatCount(paths.length - listedNodes)} more</li> : null}
      </ul>
    </details>
  );
}
