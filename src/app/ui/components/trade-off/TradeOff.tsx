/**
 * Shows the results of a search: a chart of two of its figures with the limits on them, and every candidate in a table.
 */
import { Box, Text } from '@mantine/core';
import { type ComponentProps, lazy, type ReactNode, Suspense, useMemo } from 'react';
import type Chart from './TradeOffChart';
import { formatBytes, formatCounted, formatFirst } from '../../../../engine/format';
import { type Candidate, reportedLoss } from '../../../../engine/search/candidate';
import { describeStanding, frontierStanding, nameOfSpeed } from '../../../../engine/search/describe-search';
import { describeInterval } from '../../../../engine/verdict/loss';
import { describeSpeed } from '../../../../engine/verdict/speed-verdict';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { Note } from '../Note';
import { ScrollTable } from '../ScrollTable';
import { Term } from '../Term';
import { VariantDot } from '../VariantDot';
import { lossTitle } from './trade-off-axes';
import type { ColorOfCandidate } from './trade-off-model';

/** The chart library comes with it. */
const TradeOffChart = lazy(() => import('./TradeOffChart'));

interface TradeOffProps extends ComponentProps<typeof Chart> {
  /** The action for a candidate. */
  readonly action?: (candidate: Candidate) => ReactNode;
}

export function TradeOff({ action, ...chart }: TradeOffProps) {
  const { result, colorOf } = chart;
  const hasPoints = result.candidates.some(({ sizeBytes, loss }) => sizeBytes !== undefined && loss !== undefined);
  // It may be long, and has no part in a limit that is dragged.
  const table = useMemo(
    () => <CandidateTable result={result} action={action} colorOf={colorOf} />,
    [result, action, colorOf],
  );
  return (
    <>
      {hasPoints ? (
        <Suspense fallback={<Box h={320} />}>
          <TradeOffChart {...chart} />
        </Suspense>
      ) : null}
      {table}
    </>
  );
}

interface CandidateTableProps {
  readonly result: SearchResult;
  readonly action?: ((candidate: Candidate) => ReactNode) | undefined;
  readonly colorOf: ColorOfCandidate;
}

/** Every candidate with its results and its actions. */
function CandidateTable({ result, action, colorOf }: CandidateTableProps) {
  const columns = [
    { name: 'Variant' },
    { name: 'Size', isNumeric: true },
    { name: lossTitle(result), isNumeric: true },
    { name: nameOfSpeed(result.goal), isNumeric: true },
    { name: 'Result' },
    ...(action === undefined ? [] : [{ name: '' }]),
  ];
  const unreached = result.candidates.filter(isUnreached);
  return (
    <>
      <ScrollTable
        label="Candidates"
        caption="Tried recipes"
        columns={columns}
        rows={result.candidates
          .filter((candidate) => !isUnreached(candidate))
          .map((candidate) => ({
            name: candidate.name,
            mark: markOf(colorOf(candidate)),
            cells: [
              candidate.sizeBytes === undefined ? '' : formatBytes(candidate.sizeBytes),
              lossOf(candidate),
              candidate.timing === undefined ? '' : describeSpeed(candidate.timing),
              <Text key="standing" span {...(candidate.id !== result.best && { c: 'dimmed' })}>
                <Standing text={describeStanding(candidate, result)} />
              </Text>,
              ...(action === undefined ? [] : [action(candidate)]),
            ],
          }))}
      />
      {unreached.length === 0 ? null : (
        <Note>
          Time ran out before {formatCounted(unreached.length, 'recipe')}:{' '}
          {formatFirst(
            unreached.map(({ name }) => name),
            3,
          )}
          .
        </Note>
      )}
    </>
  );
}

/** The time of the search was over before anything was measured of it. */
const isUnreached = ({ stage, loss, timing }: Candidate): boolean =>
  stage === 'held' && loss === undefined && timing === undefined;

function Standing({ text }: { readonly text: string }): ReactNode {
  return text === frontierStanding ? <Term name="On the frontier" /> : text;
}

/** Only of what was made: elsewhere it has that color too. */
function markOf(color: string | undefined): ReactNode {
  if (color === undefined) return undefined;
  return (
    <Box component="span" me={8}>
      <VariantDot color={color} />
    </Box>
  );
}

function lossOf(candidate: Candidate): string {
  const loss = reportedLoss(candidate);
  return loss === undefined ? '' : describeInterval(loss);
}
