/** Every candidate with what was found of it, and the way to have it. */
import { Button } from '@mantine/core';
import { formatBytes, formatNumber, formatRatioInterval } from '../../../../engine/format';
import { toldLoss, type Candidate } from '../../../../engine/search/candidate';
import { formatLoss } from '../../../../engine/search/describe-search';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { takeCandidate } from '../../../state/search/search-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { ScrollTable } from '../../components/ScrollTable';
import classes from './SearchView.module.css';
import { describeStanding, isOffered, lossTitle } from './trade-off-model';

interface CandidateTableProps {
  readonly result: SearchResult;
  readonly isRunning: boolean;
}

export function CandidateTable({ result, isRunning }: CandidateTableProps) {
  const columns = [
    { name: 'Variant' },
    { name: 'Size', isNumeric: true },
    { name: lossTitle(result), isNumeric: true },
    { name: 'Speed', isNumeric: true },
    { name: 'What became of it' },
    ...(isRunning ? [] : [{ name: '' }]),
  ];
  return (
    <ScrollTable
      label="Candidates"
      caption="What was tried"
      columns={columns}
      rows={result.candidates.map((candidate) => ({
        name: candidate.name,
        cells: [
          candidate.sizeBytes === undefined ? '' : formatBytes(candidate.sizeBytes),
          lossOf(candidate),
          candidate.timing === undefined ? '' : formatRatioInterval(candidate.timing.ratio, candidate.timing.interval),
          <span key="standing" className={candidate.id === result.best ? undefined : classes.muted}>
            {describeStanding(candidate, result)}
          </span>,
          ...(isRunning ? [] : [<TakeButton key="take" candidate={candidate} />]),
        ],
      }))}
    />
  );
}

function lossOf(candidate: Candidate): string {
  const loss = toldLoss(candidate);
  if (loss === undefined) return '';
  if (loss.interval === null) return formatLoss(loss, loss.value);
  const [least, most] = loss.interval.map((end) => formatNumber(100 * end, 2));
  return `${formatLoss(loss, loss.value)} (${least} to ${most})`;
}

function TakeButton({ candidate }: { readonly candidate: Candidate }) {
  const isShown = useWorkspace(({ variants }) => isOffered(candidate, variants));
  if (!isShown) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={`Make ${candidate.name}`}
      onClick={() => void takeCandidate(candidate.id)}
    >
      Make it
    </Button>
  );
}
