/** Describes a collapsed block, with the total cost of its nodes. */
import { Button } from '@mantine/core';
import type { Ref } from 'react';
import { formatCount } from '../../../../engine/format';
import { countClasses } from '../../../node-facts/count-classes';
import { groupNumber, groupWord } from '../../../node-facts/group-number';
import { lowerCased } from '../../../node-facts/lower-cased';
import { nodeClassifications } from '../../../node-facts/node-classifications';
import type { NodeMetric, NodeSubject } from '../../../node-facts/node-metric';
import { nodeMetrics } from '../../../node-facts/node-metrics';
import { useNodeNumbers, useNodeSubject } from '../../../node-facts/use-node-facts';
import { FactList, type Fact } from '../../components/FactList';
import { DetailsPanel } from './DetailsPanel';
import classes from './NodeDetails.module.css';
import type { PaneModel } from './GraphPane';

interface BlockDetailsProps {
  readonly ref: Ref<HTMLElement>;
  readonly model: PaneModel;
  readonly path: string;
  readonly onExpand: () => void;
  readonly onClose: () => void;
}

const noMetrics: readonly NodeMetric[] = [];

export function BlockDetails({ ref, model, path, onExpand, onClose }: BlockDetailsProps) {
  const subject = useNodeSubject(model.id, model.entry);
  const numbers = useNodeNumbers(nodeMetrics, subject, noMetrics) ?? [];
  const found = model.blocks?.find(path) ?? null;
  if (found === null || subject === null) return null;
  const { block, members } = found;
  const sums = nodeMetrics.flatMap((metric, at): Fact[] => {
    const known = numbers[at];
    if (known?.state !== 'known') return [];
    const number = groupNumber(members, metric, known.byPath);
    if (number === undefined) return [];
    const word = groupWord(metric);
    const title =
      word === null ? metric.title : `${word === 'lowest' ? 'Lowest' : 'Highest'} ${lowerCased(metric.title)}`;
    return [[title, number === null ? 'unknown' : metric.format(number)]];
  });
  return (
    <DetailsPanel ref={ref} title={block.title} onClose={onClose}>
      <p className={classes.name}>
        Repeated block, {block.place} of {block.count}
      </p>
      <Button variant="default" onClick={onExpand}>
        Expand block
      </Button>
      <FactList facts={[['Nodes', formatCount(members.length)], ...sums, ...classFacts(members, subject)]} />
    </DetailsPanel>
  );
}

/** Counts of nodes in each class. The bar of the block draws them, for each choice of colors. */
function classFacts(members: readonly string[], subject: NodeSubject): readonly Fact[] {
  return nodeClassifications.flatMap(({ title, classes: all, classesOf }): Fact[] => {
    const counts = countClasses(members, all, classesOf(subject));
    const text = counts.map(({ class: { title: name }, count }) => `${name} ×${formatCount(count)}`).join(', ');
    return text === '' ? [] : [[title, text]];
  });
}
