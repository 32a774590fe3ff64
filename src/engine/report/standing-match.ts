/** Selects the output match that stands for a variant, if there is room for only one. */
import type { ExecutionProvider, OutputMatch } from '../metrics/cell';
import { furthestMatch, matchGrade, type MatchGrade } from '../metrics/match-grade';
import { findEvaluation } from './find-in-report';
import type { Report, ReportCell } from './report-schema';

export interface MatchOnProvider {
  readonly ep: ExecutionProvider;
  readonly outputMatch: Pick<
    OutputMatch,
    'valid' | 'comparable' | 'identical' | 'sqnrDb' | 'agreement' | 'samples' | 'inputs' | 'problem'
  >;
}

interface EvaluatedMatch {
  readonly ep: ExecutionProvider;
  readonly samples: number;
  readonly match?: Omit<MatchOnProvider['outputMatch'], 'samples' | 'inputs' | 'problem'>;
}

const unusable: ReadonlySet<MatchGrade> = new Set<MatchGrade>(['wrong', 'not-comparable']);

/**
 * Replaces the match on synthetic inputs by the match on real data on the same provider, which says more about the use
 * of the model. Outputs that are wrong on any input stay wrong.
 */
export function withMatchOnData<Cell extends MatchOnProvider>(
  cells: readonly Cell[],
  evaluation: EvaluatedMatch | undefined,
): readonly (Cell | MatchOnProvider)[] {
  if (evaluation?.match === undefined) return cells;
  // Outputs that are not comparable between runs on synthetic inputs are not comparable on data either.
  if (cells.some(({ outputMatch }) => matchGrade(outputMatch) === 'not-comparable')) return cells;
  const measured = cells.find(({ ep }) => ep === evaluation.ep);
  if (measured !== undefined && unusable.has(matchGrade(measured.outputMatch))) return cells;
  const { ep, samples, match } = evaluation;
  const onData = { ep, outputMatch: { ...match, samples, inputs: 'data' as const } };
  return [...cells.filter((cell) => cell !== measured), onData];
}

/** Outputs that cannot be used come first, then those on real data, then those that are furthest from the original's. */
export function leadingMatch<Match extends MatchOnProvider>(matches: readonly Match[]): Match | undefined {
  const onData = matches.filter(({ outputMatch }) => outputMatch.inputs === 'data');
  const bad = matches.filter(({ outputMatch }) => unusable.has(matchGrade(outputMatch)));
  const [candidates] = [bad, onData, matches].filter(({ length }) => length > 0);
  const furthest = furthestMatch((candidates ?? []).map(({ outputMatch }) => outputMatch));
  return matches.find(({ outputMatch }) => outputMatch === furthest);
}

/** The match that represents a variant, or `original`, with its cell if it was measured in one. */
export function standingMatch(
  report: Report,
  variantId: string,
): (MatchOnProvider & { readonly cell?: ReportCell }) | undefined {
  const cells = report.cells.filter(({ variant }) => variant === variantId);
  const leading = leadingMatch(withMatchOnData(cells, findEvaluation(report, variantId)));
  const cell = cells.find((one) => one === leading);
  return leading && { ...leading, ...(cell && { cell }) };
}
