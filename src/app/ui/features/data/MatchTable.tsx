/** How near the outputs are to the original's, or to recorded ones, on the same samples: needs no labels. */
import type { DataMatch } from '../../../../engine/metrics/evaluation';
import { isIdenticalOutput, matchFigure } from '../../../../engine/report/describe-match';
import { formatCosine, formatCount, formatPercent, formatScientific } from '../../../../engine/format';
import { ScrollTable } from '../../components/ScrollTable';

interface MatchTableProps {
  readonly match: DataMatch;
  readonly name: string;
  /** What the outputs are compared with. */
  readonly against: 'original' | 'recorded';
}

const words = {
  original: { title: 'Output match', reference: 'those of the original' },
  recorded: { title: 'Match with recorded outputs', reference: 'those that the data records' },
} as const;

export function MatchTable({ match, name, against }: MatchTableProps) {
  const { title, reference } = words[against];
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
          { name: 'SQNR', isNumeric: true, term: 'SQNR' },
          { name: 'Cosine', isNumeric: true, term: 'Cosine' },
          { name: 'Largest error', isNumeric: true },
          { name: 'KL divergence', isNumeric: true, term: 'KL divergence' },
          { name: 'Same answer', isNumeric: true, term: 'Agreement' },
        ]}
        rows={match.outputs.map((output) => {
          const more = match.perOutput.find((each) => each.name === output.name);
          return {
            name: output.name,
            cells: [
              output.sqnrDb === null ? '–' : matchFigure({ ...output, identical: isIdenticalOutput(output) }),
              output.cosine === null ? '–' : formatCosine(output.cosine),
              output.maxAbs === null ? '–' : formatScientific(output.maxAbs),
              more?.klDivergence == null ? '–' : formatScientific(more.klDivergence),
              more?.agreement == null ? '–' : formatPercent(more.agreement.value),
            ],
          };
        })}
      />
    </section>
  );
}
