/** How near the outputs are to the original's on the same samples: needs no labels. */
import type { DataMatch } from '../../../../engine/metrics/evaluation';
import { matchFigure } from '../../../../engine/report/describe-match';
import { formatCount, formatDecibels, formatPercent } from '../../../../engine/report/format';
import { ScrollTable } from '../../components/ScrollTable';

interface MatchTableProps {
  readonly match: DataMatch;
  readonly name: string;
}

function small(value: number): string {
  if (value === 0) return '0';
  return value < 1e-3 ? value.toExponential(2).replace('-', '\u2212') : String(Number(value.toPrecision(3)));
}

/** Enough digits to tell it from 1, and no more. */
function cosine(value: number): string {
  return value >= 0.999995 && value < 1 ? '> 0.99999' : String(Number(value.toFixed(5)));
}

export function MatchTable({ match, name }: MatchTableProps) {
  const caption = `Outputs of ${name} against those of the original, on ${formatCount(match.samples)} samples`;
  return (
    <section aria-label={`Output match of ${name}`}>
      <h3>Output match: {matchFigure(match)}</h3>
      {match.problem === undefined ? null : <p>{match.problem}</p>}
      <ScrollTable
        label={`Output match of ${name}`}
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
              formatDecibels(output.sqnrDb),
              cosine(output.cosine),
              small(output.maxAbs),
              more?.klDivergence == null ? '–' : small(more.klDivergence),
              more?.agreement == null ? '–' : formatPercent(more.agreement.value),
            ],
          };
        })}
      />
    </section>
  );
}
