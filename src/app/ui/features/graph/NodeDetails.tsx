/** Shows all known facts of the selected item. */
import { Button } from '@mantine/core';
import type { Ref } from 'react';
import type { GraphItem } from '../../../../engine/analysis/graphs/inspect-graphs';
import type { InspectedNode, Inspection } from '../../../../engine/analysis/inspection';
import { formatShape } from '../../../../engine/format';
import type { ModelFiles } from '../../../jobs/jobs';
import type { NodeSubject } from '../../../node-facts/node-metric';
import { useNodeSubject } from '../../../node-facts/use-node-facts';
import type { GraphSelection } from '../../../state/models/graph-view';
import { setTakesPart, takesPart } from '../../../state/recipe/leave-out';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useNodeContents } from '../../../state/models/use-inspection';
import { FactList, type Fact } from '../../components/FactList';
import { DetailsPanel } from './DetailsPanel';
import { locate, nameOf } from './find-in-graphs';
import classes from './NodeDetails.module.css';
import { NodeNumberFacts } from './NodeNumberFacts';
import { WeightDetails } from './WeightDetails';
import { ownValue } from '../../../../engine/own-value';

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
