/** One variant in detail: by class, by output, and the samples that could not be used. */
import { List, Stack } from '@mantine/core';
import { formatCosine, formatCount, formatPercent, formatScientific } from '../../../../engine/format';
import { describeTask } from '../../../../engine/metrics/describe-accuracy';
import { AccuracyDoubt } from '../../components/evaluation/AccuracyDoubt';
import { ClassDetails } from '../../components/evaluation/ClassDetails';
import type { ResultRow } from './results-model';
import { Note } from '../../components/Note';
import type { GlossaryTerm } from '../../../../engine/glossary';
import type { ComparedOutput, DataMatch, Estimate } from '../../../../engine/metrics/evaluation';
import { kindNames } from '../../../../engine/metrics/output-kind';
import { isIdenticalOutput, matchFigure, matchWords } from '../../../../engine/report/describe-match';
import { ScrollTable } from '../../components/ScrollTable';

/** Compares the outputs with the original's, or with recorded ones, on the same samples. It needs no labels. */
interface MatchTableProps {
  readonly match: DataMatch;
  readonly name: string;
  /** The reference of the outputs. */
  readonly against: 'original' | 'recorded';
}

const words = {
  original: { title: 'Output match', reference: 'those of the original' },
  recorded: { title: 'Match with recorded outputs', reference: 'those that the data records' },
} as const;

interface UnitColumn {
  readonly name: string;
  readonly term?: GlossaryTerm;
  readonly of: (output: ComparedOutput) => string | undefined;
}

/** Figures that only outputs of one kind have. */
const unitColumns: readonly UnitColumn[] = [
  {
    name: 'Cosine lost',
    term: 'Cosine lost',
    of: ({ cosineLoss }) => cosineLoss && formatScientific(cosineLoss.value),
  },
  { name: 'Same neighbor', term: 'Same neighbor', of: ({ neighborAgreement }) => share(neighborAgreement) },
  { name: 'Recall@10', term: 'Recall@10', of: ({ recallAt10 }) => share(recallAt10) },
  {
    name: 'Similarity rank',
    term: 'Similarity rank',
    of: ({ similarityRank }) => (similarityRank === undefined ? undefined : formatCosine(similarityRank)),
  },
  { name: 'Same step', term: 'Same step', of: ({ stepAgreement }) => share(stepAgreement) },
  { name: 'Overlap', term: 'Overlap', of: ({ overlap }) => share(overlap) },
  { name: 'Same boxes', term: 'Same boxes', of: ({ boxAgreement }) => share(boxAgreement) },
];

function share(estimate: Estimate | undefined): string | undefined {
  return estimate && formatPercent(estimate.value);
}

function MatchTable({ match, name, against }: MatchTableProps) {
  const { title, reference } = words[against];
  // Columns only for the units that outputs have.
  const units = unitColumns.filter(({ of }) => match.perOutput.some((output) => of(output) !== undefined));
  const caption = `Outputs of ${name} against ${reference}, on ${formatCount(match.samples)} samples`;
  return (
    <section aria-label={`${title} of ${name}`}>
      <h3>
        {title}: {matchWords(match)}
      </h3>
      {match.problem === undefined ? null : <p>{match.problem}</p>}
      <ScrollTable
        label={`${title} of ${name}`}
        caption={caption}
        columns={[
          { name: 'Output' },
          { name: 'Compared as', term: 'Output kind' },
          { name: 'SQNR', isNumeric: true, term: 'SQNR' },
          { name: 'Cosine', isNumeric: true, term: 'Cosine' },
          { name: 'Largest error', isNumeric: true },
          { name: 'KL divergence', isNumeric: true, term: 'KL divergence' },
          { name: 'Same answer', isNumeric: true, term: 'Agreement' },
          ...units.map(({ name: head, term }) => ({ name: head, isNumeric: true, ...(term && { term }) })),
        ]}
        rows={match.outputs.map((output) => {
          const more = match.perOutput.find((each) => each.name === output.name);
          return {
            name: output.name,
            cells: [
              // Work of earlier versions does not know it.
              more?.kind === undefined ? '–' : kindNames[more.kind],
              output.sqnrDb === null ? '–' : matchFigure({ ...output, identical: isIdenticalOutput(output) }),
              output.cosine === null ? '–' : formatCosine(output.cosine),
              output.maxAbs === null ? '–' : formatScientific(output.maxAbs),
              more?.klDivergence == null ? '–' : formatScientific(more.klDivergence),
              more?.agreement == null ? '–' : formatPercent(more.agreement.value),
              ...units.map(({ of }) => (more && of(more)) ?? '–'),
            ],
          };
        })}
      />
    </section>
  );
}

export function EvaluationDetails({ row }: { readonly row: ResultRow }) {
  const { recorded, name } = row;
  if (recorded === null) return null;
  const {
    accuracy,
    outputMatch,
    recorded: ofRecording,
    skipped,
    skippedSamples,
    runMs,
    samples,
    batch,
  } = recorded.evaluation;
  const results = accuracy?.classes;
  const perSecond = runMs > 0 && samples > 0 ? samples / (runMs / 1000) : null;
  return (
    <Stack gap={24}>
      {accuracy?.warnings?.map((warning) => (
        <AccuracyDoubt key={warning.code} warning={warning} />
      ))}
      {accuracy === null ? null : <Note>Evaluated: {describeTask(accuracy.task)}.</Note>}
      {accuracy?.undecided === undefined ? null : (
        <p>
          {formatCount(accuracy.undecided)} outputs were not numbers. They count as wrong and are not in the matrix.
        </p>
      )}
      {results === undefined ? null : <ClassDetails results={results} name={name} />}
      {outputMatch === undefined ? null : <MatchTable match={outputMatch} name={name} against="original" />}
      {ofRecording === undefined ? null : <MatchTable match={ofRecording} name={name} against="recorded" />}
      {skipped === 0 ? null : (
        <section aria-label="Skipped samples">
          <h3>
            {formatCount(skipped)} {skipped === 1 ? 'sample was' : 'samples were'} skipped
          </h3>
          <List my={4} style={{ overflowWrap: 'anywhere' }}>
            {skippedSamples.map(({ place, reason }) => (
              <List.Item key={place}>
                <strong>{place}</strong>: {reason}
              </List.Item>
            ))}
          </List>
          {skippedSamples.length < skipped ? <p>… and {formatCount(skipped - skippedSamples.length)} more.</p> : null}
        </section>
      )}
      {perSecond === null ? null : (
        <Note>
          {formatCount(perSecond)} samples per second in batches of {formatCount(batch)}, without reading the data.
        </Note>
      )}
    </Stack>
  );
}
