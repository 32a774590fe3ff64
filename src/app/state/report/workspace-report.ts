/** The report of the work at hand, and its link. */
import { shallow } from 'zustand/shallow';
import { addElsewhere } from '../../../engine/report/add-elsewhere';
import { headline } from '../../../engine/report/headline';
import { createReport, type ReportSource } from '../../../engine/report/create-report';
import { headlineFacts } from '../../../engine/report/headline-facts';
import { encodeReportFragment } from '../../../engine/report/link-codec';
import type { Report } from '../../../engine/report/report-schema';
import { standingMatch, type MatchOnProvider } from '../../../engine/report/standing-match';
import { version } from '../../../../package.json';
import { copyText } from '../../platform/copy-text';
import { notify } from '../window/app-store';
import { withTickedSamples } from './ticked-samples';
import { otherReportsStore } from './other-reports';
import { usedSplit } from '../data/calibration';
import { skippedCheck } from '../data/data-check';
import {
  changeSinceEvaluation,
  isEvaluationStale,
  labeledEvaluation,
  mappingToPassOn,
  orderedEvaluations,
} from '../data/data-selectors';
import { canPassOn } from '../models/fingerprint';
import { sentenceOf } from '../jobs/job-runner';
import { withMeasuredTimings } from '../search/measured-timings';
import { currentSearch } from '../search/searched-candidate';
import { isCellStale, originalBytes, selectCurrentSweeps } from '../workspace/selectors';
import { originalFilesKey } from '../../platform/file-registry';
import {
  cellKey,
  reportedWork,
  workspaceStore,
  type ReportedWork,
  type WorkData,
  type WorkspaceState,
} from '../workspace/workspace-store';

let latest: {
  readonly work: ReportedWork;
  readonly skipped?: string | undefined;
  readonly report: Report | null;
} | null = null;

/** The report of the work, made once however many parts of the screen ask for it. */
export function reportOfWorkspace(state: ReportedWork): Report | null {
  const work = reportedWork(state);
  // Labels that nobody checked are said so, also in a report without an evaluation.
  const skipped = skippedCheck(work)?.skipped;
  if (latest === null || latest.skipped !== skipped || !shallow(latest.work, work)) {
    latest = { work, skipped, report: createWorkspaceReport(work, skipped === undefined ? [] : [skipped]) };
  }
  return latest.report;
}

/** The output match that stands for a variant; `undefined` while nobody compared its outputs. */
export function standingMatchOf(state: ReportedWork, variantId: string): MatchOnProvider['outputMatch'] | undefined {
  const report = reportOfWorkspace(state);
  return report === null ? undefined : standingMatch(report, variantId)?.outputMatch;
}

/** `null` while there is no model. Cells of variants that were deleted are left out. */
function createWorkspaceReport(state: ReportedWork, notes: readonly string[]): Report | null {
  if (state.original === null) return null;
  const known = new Set(['original', ...state.variants.map((variant) => variant.id)]);
  const ofKnown = <Item extends { variant: string }>(items: Readonly<Record<string, Item>>): Item[] =>
    Object.values(items).filter((item) => known.has(item.variant));
  const cells = ofKnown(state.cells).map((cell) => {
    const key = cellKey(cell.variant, cell.ep);
    const context = state.contexts[key];
    if (context === undefined) return cell;
    const { measuredAt, seed, freeDimensions } = context;
    return { ...cell, measuredAt, ...(isCellStale(state, key) ? { measuredWith: { seed, freeDimensions } } : {}) };
  });
  const search = currentSearch(state);
  const originalGzip = state.gzipBytes[originalFilesKey];
  return createReport({
    createdAt: latestMoment(state) ?? new Date().toISOString(),
    software: { pareto: version, onnxruntimeWeb: state.device?.ortVersion ?? 'not probed' },
    inspection: state.original.inspection,
    modelBytes: originalBytes(state.original),
    device: state.device,
    inputs: cells.length === 0 ? null : { seed: state.seed, freeDimensions: state.freeDimensions },
    variants: state.variants.map((variant) => {
      const variantGzip = state.gzipBytes[variant.filesKey];
      const gzipBytes =
        originalGzip === undefined || variantGzip === undefined
          ? null
          : { original: originalGzip, variant: variantGzip };
      return {
        id: variant.id,
        name: variant.name,
        recipe: variant.recipe,
        fromFile: variant.fromFile,
        optimization: variant.optimization,
        gzipBytes,
        ...(variant.teacher && { teacher: variant.teacher.name }),
      };
    }),
    notes,
    selected: state.selected,
    cells,
    failures: ofKnown(state.failures),
    comparisons: ofKnown(state.comparisons),
    sweeps: selectCurrentSweeps(state),
    ...(state.data !== null && { evaluated: reportedEvaluations(state, state.data, known) }),
    search: search === null ? undefined : withMeasuredTimings(state, search),
  });
}

/** The time of the latest event in the report. The report is the same after a reload, and so is its date. */
function latestMoment({ original, variants, contexts, sweeps, evaluations }: ReportedWork): string | undefined {
  return [
    original?.openedAt,
    ...variants.map(({ madeAt }) => madeAt),
    ...[...Object.values(contexts), ...Object.values(sweeps)].map(({ measuredAt }) => measuredAt),
    ...Object.values(evaluations).map(({ context }) => context.evaluatedAt),
  ]
    .filter((moment) => moment !== undefined)
    .sort()
    .at(-1);
}

/** Results that no longer hold are left out: the report names one data set, mapping and split for all of them. */
function reportedEvaluations(
  state: ReportedWork,
  data: WorkData,
  known: ReadonlySet<string>,
): ReportSource['evaluated'] {
  const evaluations = orderedEvaluations(state).filter(
    ({ evaluation: { variant, ep } }) => known.has(variant) && !isEvaluationStale(state, cellKey(variant, ep)),
  );
  if (evaluations.length === 0) return undefined;
  const { description, fingerprint } = data.evaluation;
  return {
    data: {
      name: description.name,
      samples: description.samples,
      fingerprint,
      mapping: mappingToPassOn({ ...state, data }),
      split: usedSplit(data),
    },
    evaluations: evaluations.map(({ evaluation, context }) => ({ ...evaluation, evaluatedAt: context.evaluatedAt })),
  };
}

/** The sentence that sums up the selected variant. */
export function workspaceHeadline(state: WorkspaceState): string {
  const report = reportOfWorkspace(state);
  if (report === null) return '';
  const facts = headlineFacts(report, state.selected);
  const known = facts.evaluation === undefined && state.data !== null ? labeledEvaluation(state, state.selected) : null;
  return headline({
    ...facts,
    // Data that nothing was evaluated on yet is in no report.
    ...(state.data && { hasLabels: state.data.mapping.labels !== null }),
    ...(known && {
      outdatedAccuracy: changeSinceEvaluation(state, cellKey(state.selected, known.evaluation.ep)) ?? 'more',
    }),
  });
}

/** Copies the link of the work's report. */
export async function copyReportLink(): Promise<void> {
  const report = reportOfWorkspace(workspaceStore.getState());
  if (report === null) return;
  const others = otherReportsStore.getState().reports.map((other) => other.report);
  await copyLinkOf(withTickedSamples(addElsewhere(report, others)));
}

/** The address that opens a report, which holds the whole report. Throws `report/too-large` if no link can carry it. */
export async function linkOfReport(report: Report): Promise<string> {
  const { origin, pathname, search } = globalThis.location;
  return `${origin}${pathname}${search}${await encodeReportFragment(report)}`;
}

/** Copies the link of a report, and reports the outcome. */
export async function copyLinkOf(report: Report): Promise<void> {
  if (!canPassOn(report)) return;
  try {
    const link = await linkOfReport(report);
    const copied = await copyText(link);
    notify(
      copied
        ? 'Link copied. The link holds the whole report; nothing was uploaded.'
        : 'The browser did not allow copying. Copy the link from here; it holds the whole report.',
      copied ? {} : { kind: 'problem', toCopy: link },
    );
  } catch (error) {
    notify(sentenceOf(error), { kind: 'problem' });
  }
}
