/** Compares the outputs with the original's, or with recorded ones, on the same samples. It needs no labels. */
import type { GlossaryTerm } from '../../../../engine/glossary';
import type { ComparedOutput, DataMatch, Estimate } from '../../../../engine/metrics/evaluation';
import { kindNames } from '../../../../engine/metrics/output-kind';
import { isIdenticalOutput, matchFigure } from '../../../../engine/report/describe-match';
import { formatCosine, formatCount, formatPercent, formatScientific } from '../../../../engine/format';
import { ScrollTable } from '../../components/ScrollTable';

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

export function MatchTable({ match, name, against }: MatchTableProps) {
  const { title, reference } = words[against];
  // Columns only for the units that outputs have.
  const units = unitColumns.filter(({ of }) => match.perOutput.some((output) => of(output) !== undefined));
  const caption = `Outputs of ${name} against ${reference}, on ${formatCount(match.samples)} samples`;
  return (
    <section aria-label={`${title} of ${name}`}>
      <h3>
        {title}: {matchFigure(match)}
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
