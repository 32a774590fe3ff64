/**
 * A weight with what its numbers are like, read from the file when it is shown. The histogram is one path without axes: recharts would
 * make an element for each bar, and load with the first node that is opened.
 */
import type { NodeWeight } from '../../../../engine/analysis/inspect-node-contents';
import type { WeightStatistics } from '../../../../engine/analysis/weights/weight-statistics';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatNumber,
  formatPercent,
  formatShape,
} from '../../../../engine/format';
import type { ModelFiles } from '../../../jobs/jobs';
import { useWeightStatistics } from '../../../state/models/use-inspection';
import { FactList, type Fact } from '../../components/FactList';
import classes from './NodeDetails.module.css';

interface WeightDetailsProps {
  readonly weight: NodeWeight;
  readonly files: ModelFiles;
}

export function WeightDetails({ weight, files }: WeightDetailsProps) {
  const { value: statistics, problem } = useWeightStatistics(files, weight.path);
  const { name, dtype, shape, elements, sizeBytes } = weight;
  return (
    <section aria-label={`Weight ${name}`} className={classes.weight} aria-busy={statistics === undefined && !problem}>
      <h4>Weight {name}</h4>
      <p className={classes.type}>
        {dtype} {formatShape(shape)}, {formatCounted(elements, 'element')}, {formatBytes(sizeBytes)}
      </p>
      {problem === null ? null : <p className={classes.what}>{problem}</p>}
      {statistics === null ? <p className={classes.type}>The elements are not numeric.</p> : null}
      {statistics ? <Numbers statistics={statistics} name={name} /> : null}
    </section>
  );
}

function Numbers({ statistics, name }: { readonly statistics: WeightStatistics; readonly name: string }) {
  const { minimum, maximum, mean, std, zeros, notFinite, elements, histogram } = statistics;
  if (minimum === null || maximum === null || mean === null || std === null) return null;
  const facts: readonly Fact[] = [
    ['Range', `${formatNumber(minimum)} to ${formatNumber(maximum)}`],
    ['Mean, std', `${formatNumber(mean)}, ${formatNumber(std)}`],
    ['Zeros', `${formatCount(zeros)} (${formatPercent(zeros / Math.max(1, elements))})`],
    ...(notFinite === 0 ? [] : [['Not finite', formatCount(notFinite)] as const]),
  ];
  return (
    <>
      {histogram.length === 0 ? null : <Histogram counts={histogram} from={minimum} to={maximum} name={name} />}
      <FactList facts={facts} />
    </>
  );
}

interface HistogramProps {
  readonly counts: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

const width = 240;
const height = 64;

function Histogram({ counts, from, to, name }: HistogramProps) {
  const most = Math.max(...counts);
  const bar = width / counts.length;
  const label = `Histogram of ${name}: ${counts.length} bins from ${formatNumber(from)} to ${formatNumber(to)}, at most ${formatCount(most)} elements in one`;
  const path = counts
    .map((count, index) => {
      const tall = (count / most) * height;
      return tall === 0 ? '' : `M${index * bar} ${height}v${-tall}h${bar - 0.75}v${tall}z`;
    })
    .join('');
  return (
    <figure className={classes.histogram}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} preserveAspectRatio="none">
        <path d={path} fill="var(--original)" />
      </svg>
      <figcaption>
        <span>{formatNumber(from)}</span>
        <span>{formatNumber(to)}</span>
      </figcaption>
    </figure>
  );
}
