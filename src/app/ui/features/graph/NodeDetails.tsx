/** Shows all known facts of the selected item. */
import { Button } from '@mantine/core';
import type { Ref } from 'react';
import type { GraphItem } from '../../../../engine/analysis/graphs/inspect-graphs';
import type { InspectedNode, Inspection } from '../../../../engine/analysis/inspection';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatNumber,
  formatPercent,
  formatShape,
} from '../../../../engine/format';
import type { ModelFiles } from '../../../jobs/jobs';
import type { NodeMetric, NodeNumbers, NodeSubject } from '../../../node-facts/node-metric';
import { useNodeNumbers, useNodeSubject } from '../../../node-facts/use-node-facts';
import type { GraphSelection } from '../../../state/models/graph-view';
import { setTakesPart, takesPart } from '../../../state/recipe/leave-out';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useNodeContents, useWeightStatistics } from '../../../state/models/use-inspection';
import { type Fact, FactList } from '../../components/FactList';
import { DetailsPanel } from './DetailsPanel';
import { locate, nameOf } from './find-in-graphs';
import classes from './NodeDetails.module.css';
import { ownValue } from '../../../../engine/own-value';
import { placementClassifications } from '../../../node-facts/placement-classes';
import { nodeMetrics } from '../../../node-facts/node-metrics';
import type { NodeWeight } from '../../../../engine/analysis/inspect-node-contents';
import type { WeightStatistics } from '../../../../engine/analysis/weights/weight-statistics';

/**
 * A weight with what its numbers are like, read from the file when it is shown. The histogram is one path without axes: recharts would
 * make an element for each bar, and load with the first node that is opened.
 */
interface WeightDetailsProps {
  readonly weight: NodeWeight;
  readonly files: ModelFiles;
}

function WeightDetails({ weight, files }: WeightDetailsProps) {
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

/** The numbers of a node, as the colors of the graph and the columns of the layers give them, and what it will leave. */
interface NodeNumberFactsProps {
  readonly subject: NodeSubject;
  readonly path: string;
  /** More facts that need only a word. */
  readonly more: readonly Fact[];
}

const none: readonly NodeMetric[] = [];

/** Shows figures that are known already. Looking at one node starts no work on all of them. */
function NodeNumberFacts({ subject, path, more }: NodeNumberFactsProps) {
  const numbers = useNodeNumbers(nodeMetrics, subject, none) ?? [];
  const facts = nodeMetrics.flatMap((metric, at): Fact[] => {
    const text = textOf(metric, numbers[at], path);
    return text === null ? [] : [[metric.title, text]];
  });
  const placements = placementClassifications.flatMap(({ title, classesOf }): Fact[] => {
    const found = classesOf(subject).get(path);
    return found === undefined ? [] : [[title, found.title]];
  });
  return <FactList facts={[...facts, ...placements, ...more]} />;
}

/** `null`: nothing to say here. */
function textOf(metric: NodeMetric, numbers: NodeNumbers | undefined, path: string): string | null {
  if (numbers?.state !== 'known') return null;
  const value = numbers.byPath.get(path);
  if (value === undefined) return metric.column.shown === 'always' ? '0' : null;
  if (value === null) return 'unknown';
  return numbers.outOfDate === undefined ? metric.format(value) : `${metric.format(value)} (out of date)`;
}

interface NodeDetailsProps {
  readonly ref: Ref<HTMLElement>;
  readonly selection: GraphSelection;
  /** Title of the expanded block that it is in. */
  readonly block: string | null;
  readonly onCollapse: () => void;
  /** The difference from the other model. */
  readonly what: string | null;
  readonly onGraph: (path: string) => void;
  readonly onClose: () => void;
}

export function NodeDetails({ ref, selection, block, onCollapse, what, onGraph, onClose }: NodeDetailsProps) {
  const entry = useInspectedModel(selection.of);
  const inspected = entry?.inspected ?? null;
  const subject = useNodeSubject(selection.of, entry);
  const found = inspected === null ? null : locate(inspected, selection.path);
  if (inspected === null || found === null) return null;
  const { item } = found;
  const { inspection } = inspected;
  const node = inspection.nodes.find(({ path }) => path === item.path) ?? null;
  return (
    <DetailsPanel ref={ref} title={item.title} onClose={onClose}>
      <p className={classes.name}>{node === null ? kindText(item) : nameOf(item)}</p>
      {what === null ? null : <p className={classes.what}>{what}</p>}
      {block === null ? null : (
        <Button variant="default" onClick={onCollapse}>
          Collapse {block}
        </Button>
      )}
      {item.graphs.map((path) => (
        <Button key={path} variant="default" onClick={() => onGraph(path)}>
          Open {path.slice(path.lastIndexOf(path.startsWith('function:') ? ':' : '.') + 1)}
        </Button>
      ))}
      {node === null || subject === null ? (
        <ValueList title="Value" names={[item.title]} inspection={inspection} />
      ) : (
        <NodeFacts node={node} item={item} subject={subject} files={entry!.files} />
      )}
    </DetailsPanel>
  );
}

const kindTexts = {
  node: '',
  input: 'Input of the graph',
  output: 'Output of the graph',
  outer: 'Value of the outer graph',
};

function kindText({ kind }: GraphItem): string {
  return kindTexts[kind];
}

interface NodeFactsProps {
  readonly node: InspectedNode;
  readonly item: GraphItem;
  readonly subject: NodeSubject;
  readonly files: ModelFiles;
}

function NodeFacts({ node, item, subject, files }: NodeFactsProps) {
  const contents = useNodeContents(files, node.path);
  const { inspection } = subject;
  const facts: readonly Fact[] = [
    ...(item.precision === null ? [] : [['Weights', item.precision] as const]),
    ...(node.domain === '' ? [] : [['Domain', node.domain] as const]),
  ];
  const attributes = contents.value?.attributes ?? [];
  return (
    <>
      <NodeNumberFacts subject={subject} path={node.path} more={facts} />
      {node.parameters > 0 && subject.id === originalId ? <LeaveOut name={node.name || node.path} /> : null}
      {contents.problem === null ? null : <p className={classes.what}>{contents.problem}</p>}
      {attributes.length === 0 ? null : (
        <section aria-label="Attributes">
          <h4>Attributes</h4>
          <FactList facts={attributes.map(({ name, text }) => [name, text] as const)} />
        </section>
      )}
      <ValueList title="Inputs" names={node.inputs} inspection={inspection} />
      <ValueList title="Outputs" names={node.outputs} inspection={inspection} />
      {contents.value?.weights.map((weight) => (
        <WeightDetails key={weight.path} weight={weight} files={files} />
      ))}
    </>
  );
}

/** One click keeps the layer out of what the recipe does to weights, or takes it in again. */
function LeaveOut({ name }: { readonly name: string }) {
  const takes = useWorkspace((state) => takesPart(state, name));
  if (takes === null) return null;
  return (
    <Button variant="default" onClick={() => setTakesPart(name, !takes)}>
      {takes ? 'Keep out of the recipe' : 'Include in the recipe'}
    </Button>
  );
}

interface ValueListProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly inspection: Inspection;
}

function ValueList({ title, names, inspection }: ValueListProps) {
  if (names.length === 0) return null;
  return (
    <section aria-label={title}>
      <h4>{title}</h4>
      <ol className={classes.values} start={0}>
        {names.map((name, index) => {
          const value = ownValue(inspection.values, name);
          const type = value === undefined ? '' : `${value.dtype} ${formatShape(value.shape)}`;
          return (
            // An optional input that is left out has no name, and a value may be read twice.
            // eslint-disable-next-line react/no-array-index-key
            <li key={`${index} ${name}`}>
              <span className={classes.value}>{name === '' ? 'left out' : name}</span>
              <span className={classes.type}>{type}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
