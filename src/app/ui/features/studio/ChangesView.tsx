/**
 * Lists the changes of each pass and the nodes that it left unchanged, with the reasons: grouped and counted, the nodes
 * one click away.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { comparePlacement, describePlacementChange } from '../../../../engine/analysis/compare-placement';
import { restoreFloat } from '../../../../engine/passes/restore-float/restore-float';
import { wholeModel } from '../../../../engine/onnx/traverse';
import type { Widening } from '../../../../engine/passes/pass';
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
import { groupChanges, groupRefusals, widened, wideningOf, type NodeGroup } from './change-groups';
import classes from './ChangesView.module.css';
import { VariantSizes } from './VariantSizes';

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
