/** Every candidate with its results and its actions. */
import { Box, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatBytes } from '../../../../engine/format';
import { reportedLoss, type Candidate } from '../../../../engine/search/candidate';
import { describeStanding, nameOfSpeed, frontierStanding } from '../../../../engine/search/describe-search';
import { describeInterval } from '../../../../engine/verdict/loss';
import { describeSpeed } from '../../../../engine/verdict/speed-verdict';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { ScrollTable } from '../ScrollTable';
import { Term } from '../Term';
import { VariantDot } from '../VariantDot';
import { lossTitle } from './trade-off-axes';
import type { ColorOfCandidate } from './trade-off-model';

interface CandidateTableProps {
  readonly result: SearchResult;
  readonly action?: ((candidate: Candidate) => ReactNode) | undefined;
  readonly colorOf: ColorOfCandidate;
}

export function CandidateTable({ result, action, colorOf }: CandidateTableProps) {
  const columns = [
    { name: 'Variant' },
    { name: 'Size', isNumeric: true },
    { name: lossTitle(result), isNumeric: true },
    { name: nameOfSpeed(result.goal), isNumeric: true },
    { name: 'Result' },
    ...(action === undefined ? [] : [{ name: '' }]),
  ];
  return (
    <ScrollTable
      label="Candidates"
      caption="Tried recipes"
      columns={columns}
      rows={result.candidates.map((candidate) => ({
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
  );
}

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
