/** One canvas or two that follow each other, and the details of what is selected. */
import { useId, useMemo, useRef, type RefObject } from 'react';
import type { GraphDifference } from '../../../jobs/jobs';
import { selectInGraph, type GraphSelection } from '../../../state/graph-view';
import { locate, type Hit } from './find-in-graphs';
import { followOther } from './follow-other';
import type { GraphPainter } from './graph-painter';
import { GraphPane, type PaneModel } from './GraphPane';
import classes from './GraphView.module.css';
import { NodeDetails } from './NodeDetails';
import { createPartners } from './partners';

/** By the model that each one shows. */
export type Painters = Map<string, GraphPainter>;

const noHits: readonly Hit[] = [];

interface GraphPanesProps {
  readonly models: readonly PaneModel[];
  readonly scope: string;
  readonly selection: GraphSelection | null;
  readonly hits: readonly Hit[];
  readonly difference: GraphDifference | undefined;
  readonly painters: RefObject<Painters>;
  readonly onScope: (scope: string) => void;
  readonly onSearch: () => void;
}

export function GraphPanes(props: GraphPanesProps) {
  const { models, scope, selection, hits, difference, painters, onScope, onSearch } = props;
  const helpId = useId();
  const details = useRef<HTMLElement>(null);
  const partners = useMemo(() => createPartners(difference), [difference]);
  const openItem = (model: PaneModel, path: string): void => {
    const found = model.entry?.description;
    const inner = found ? locate(found, path)?.item.graphs[0] : undefined;
    if (inner === undefined) details.current?.focus();
    else onScope(inner);
  };
  const follow = (leader: PaneModel, painter: GraphPainter): void => {
    for (const [id, other] of painters.current) {
      if (id !== leader.id) followOther(other, painter, (path) => partners.pathIn(id, { of: leader.id, path }));
    }
  };
  return (
    <div className={classes.body} data-panes={models.length} data-details={selection !== null}>
      <p id={helpId} className="visually-hidden">
        Arrow keys follow edges and go along a layer. Enter opens details or the graph inside a node, slash searches,
        plus and minus zoom, 0 shows everything. The Layers tab lists the same nodes as a table.
      </p>
      {models.map((model, index) => (
        <GraphPane
          key={model.id}
          model={model}
          isAlone={models.length === 1}
          scope={scope}
          selectedPath={selection === null ? null : partners.pathIn(model.id, selection)}
          hits={index === models.length - 1 ? hits : noHits}
          marks={partners.marksOf(model.id)}
          helpId={helpId}
          onSelect={(path) => selectInGraph(path === null ? null : { of: model.id, path })}
          onOpen={(path) => openItem(model, path)}
          onSearch={onSearch}
          onPainter={(painter) => {
            if (painter === null) painters.current.delete(model.id);
            else painters.current.set(model.id, painter);
          }}
          onMove={(painter) => follow(model, painter)}
        />
      ))}
      {selection === null ? null : (
        <NodeDetails
          ref={details}
          selection={selection}
          what={partners.whatChanged(selection)}
          onGraph={onScope}
          onClose={() => selectInGraph(null)}
        />
      )}
    </div>
  );
}
