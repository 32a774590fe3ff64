/** One canvas or two that follow each other, and the details of what is selected. */
import { type RefObject, useId, useMemo, useRef, useState } from 'react';
import type { GraphDifference } from '../../../jobs/jobs';
import { type GraphSelection, selectInGraph } from '../../../state/models/graph-view';
import { type Hit, locate } from './find-in-graphs';
import { BlockDetails } from './BlockDetails';
import { followOther, type GraphPainter } from './graph-painter';
import { GraphPane, type GraphPaneProps, type PaneModel } from './GraphPane';
import classes from './GraphView.module.css';
import { NodeDetails } from './NodeDetails';
import { createPartners, type Partners } from './partners';
import { hasItem, placeOf, shownGraph } from './shown-graph';
import type { BlockIndex } from './collapse-blocks';

/**
 * Tracks which blocks of each model are drawn node by node. Pure.
 * Paths of expanded blocks, by the model.
 */
type Expanded = Readonly<Record<string, ReadonlySet<string>>>;

interface ModelWithBlocks {
  readonly id: string;
  /** `null` if blocks are not collapsed. */
  readonly blocks: BlockIndex | null;
}

type BlockOfModel = readonly [model: string, block: string];

const nothingExpanded: ReadonlySet<string> = new Set();

/**
 * Expands the blocks around the selection, in every model in view, but none if a block itself is selected. Returns the
 * same object if nothing changes.
 */
export function withSelected(
  before: Expanded,
  models: readonly ModelWithBlocks[],
  partners: Partners,
  selection: GraphSelection,
): Expanded {
  const around = models.flatMap(({ id, blocks }): BlockOfModel[] => {
    const path = partners.pathIn(id, selection);
    const block = path === null ? null : (blocks?.around(path) ?? null);
    return block === null ? [] : [[id, block]];
  });
  return withAll(before, around, true);
}

interface Toggled {
  readonly expanded: Expanded;
  /** The next selection: the first node of an expanded block, or the block that was collapsed. */
  readonly selected: string;
}

/**
 * Expands a block, or collapses the one that a node is in. In the other model it does the same to the block with the
 * partner of the first node that has one. `null` if the path leads to no block.
 */
export function toggled(
  before: Expanded,
  models: readonly ModelWithBlocks[],
  partners: Partners,
  { of, path }: GraphSelection,
): Toggled | null {
  const index = models.find(({ id }) => id === of)?.blocks ?? null;
  const own = index?.find(path) ? path : (index?.around(path) ?? null);
  const members = own === null ? undefined : index?.find(own)?.members;
  if (own === null || members === undefined) return null;
  const expands = !(before[of] ?? nothingExpanded).has(own);
  const others = models.filter(({ id }) => id !== of);
  const blocks = [[of, own] as const, ...blocksOfPartners(others, partners, of, members)];
  return { expanded: withAll(before, blocks, expands), selected: expands ? members[0]! : own };
}

function blocksOfPartners(
  models: readonly ModelWithBlocks[],
  partners: Partners,
  of: string,
  members: readonly string[],
): BlockOfModel[] {
  return models.flatMap(({ id, blocks }): BlockOfModel[] => {
    for (const path of members) {
      const partner = partners.pathIn(id, { of, path });
      const block = partner === null ? null : (blocks?.around(partner) ?? null);
      if (block !== null) return [[id, block]];
    }
    return [];
  });
}

function withAll(before: Expanded, blocks: readonly BlockOfModel[], isExpanded: boolean): Expanded {
  return blocks.reduce<Expanded>((result, [model, block]) => {
    const known = result[model] ?? nothingExpanded;
    if (known.has(block) === isExpanded) return result;
    const changed = new Set(known);
    if (isExpanded) changed.add(block);
    else changed.delete(block);
    return { ...result, [model]: changed };
  }, before);
}

/** Painters by the model that each one shows. */
export type Painters = Map<string, GraphPainter>;

const keysHelp =
  'Arrow keys follow edges and go along a layer. Enter opens details or the graph inside a node, slash searches, Space expands a repeated block and collapses it again, plus and minus zoom, 0 shows everything. The Layers tab lists the same nodes as a table.';

interface GraphPanesProps {
  readonly models: readonly PaneModel[];
  readonly scope: string;
  readonly selection: GraphSelection | null;
  readonly hits: readonly Hit[];
  readonly difference: GraphDifference | undefined;
  readonly isCollapsing: boolean;
  readonly painters: RefObject<Painters>;
  readonly onScope: (scope: string) => void;
  readonly onSearch: () => void;
  readonly onFit: () => void;
}

export function GraphPanes(props: GraphPanesProps) {
  const { models, selection, hits, difference, isCollapsing, painters, onScope, onSearch, onFit } = props;
  const helpId = useId();
  const details = useRef<HTMLElement>(null);
  const partners = useMemo(() => createPartners(difference), [difference]);
  const expanded = useExpandedBlocks(models, partners, selection);
  const owner = models.find(({ id }) => id === selection?.of);
  const close = (): void => {
    selectInGraph(null);
    if (selection !== null) painters.current.get(selection.of)?.focus();
  };
  const openItem = (model: PaneModel, path: string): void => {
    if (model.blocks?.find(path)) return expanded.toggle(model, path);
    const found = model.entry?.inspected;
    const inner = found ? locate(found, path)?.item.graphs[0] : undefined;
    if (inner === undefined) details.current?.focus();
    else onScope(inner);
  };
  return (
    <div className={classes.body} data-panes={models.length} data-details={selection !== null}>
      <p id={helpId} className="visually-hidden">
        {keysHelp}
      </p>
      {models.map((model) => (
        <GraphPane
          key={model.id}
          {...{ model, selection }}
          {...shownIn(model, owner, props, partners)}
          isCollapsing={isCollapsing}
          isAlone={models.length === 1}
          expanded={expanded.of(model.id)}
          hits={hits}
          marks={partners.marksOf(model.id)}
          helpId={helpId}
          onSelect={(path) => selectInGraph(path === null ? null : { of: model.id, path })}
          onOpen={(path) => openItem(model, path)}
          onToggle={(path) => expanded.toggle(model, path)}
          onSearch={onSearch}
          onFit={onFit}
          onPainter={(painter) => {
            if (painter === null) painters.current.delete(model.id);
            else painters.current.set(model.id, painter);
          }}
          onMove={(painter) => follow(painters.current, partners, model.id, painter)}
        />
      ))}
      {selection === null ? null : (
        <SelectionDetails
          ref={details}
          selection={selection}
          model={owner}
          what={partners.whatChanged(selection)}
          onToggle={() => owner && expanded.toggle(owner, selection.path)}
          onClose={close}
          onScope={onScope}
        />
      )}
    </div>
  );
}

/** The content of a pane for its model. */
function shownIn(
  model: PaneModel,
  owner: PaneModel | undefined,
  { scope, selection }: GraphPanesProps,
  partners: Partners,
): Pick<GraphPaneProps, 'structure' | 'place' | 'selectedPath'> {
  const members = selection === null ? undefined : owner?.blocks?.find(selection.path)?.members;
  const selectedPath = selection === null ? null : selectedIn(model, selection, partners, members);
  const inspected = model.entry?.inspected ?? null;
  if (inspected === null) return { structure: null, place: null, selectedPath };
  // If a person has left the graph of the selection, the pane shows its graph of the same name.
  const inView = owner?.entry?.inspected?.graphs.find(({ path }) => path === scope);
  const follows = model !== owner && inView !== undefined && hasItem(inView, members?.[0] ?? selection!.path);
  const structure = shownGraph(inspected, scope, follows ? selectedPath : null);
  const place = structure === null || structure.path === scope ? null : placeOf(inspected.graphs, structure);
  return { structure, place, selectedPath };
}

/** Moves the other canvases along with the one that leads. */
function follow(painters: Painters, partners: Partners, leader: string, painter: GraphPainter): void {
  for (const [id, other] of painters) {
    if (id !== leader) followOther(other, painter, (path) => partners.pathIn(id, { of: leader, path }));
  }
}

interface SelectionDetailsProps {
  readonly ref: RefObject<HTMLElement | null>;
  readonly selection: GraphSelection;
  /** The model; absent if it is not in view. */
  readonly model: PaneModel | undefined;
  readonly what: string | null;
  readonly onToggle: () => void;
  /** The canvas has the focus again. */
  readonly onClose: () => void;
  readonly onScope: (scope: string) => void;
}

function SelectionDetails(props: SelectionDetailsProps) {
  const { ref, selection, model, what, onToggle, onClose, onScope } = props;
  if (model?.blocks?.find(selection.path)) {
    return <BlockDetails ref={ref} model={model} path={selection.path} onExpand={onToggle} onClose={onClose} />;
  }
  return (
    <NodeDetails
      ref={ref}
      selection={selection}
      block={blockAround(model, selection.path)}
      onCollapse={onToggle}
      what={what}
      onGraph={onScope}
      onClose={onClose}
    />
  );
}

/** The path of a block is that of the first of its nodes that this model contains. */
function selectedIn(
  model: PaneModel,
  selection: GraphSelection,
  partners: Partners,
  members: readonly string[] | undefined,
): string | null {
  if (members === undefined || model.id === selection.of) return partners.pathIn(model.id, selection);
  for (const path of members) {
    const partner = partners.pathIn(model.id, { of: selection.of, path });
    if (partner !== null) return partner;
  }
  return null;
}

function blockAround(model: PaneModel | undefined, path: string): string | null {
  const around = model?.blocks?.around(path) ?? null;
  return around === null ? null : (model?.blocks?.find(around)?.block.title ?? null);
}

/**
 * The blocks that are drawn node by node: those that a person expanded, and those around a selection from elsewhere.
 */
interface ExpandedBlocks {
  of(model: string): ReadonlySet<string>;
  /** Expands a block, or collapses the one that a node is in; its partner in the other model does the same. */
  toggle(model: ModelWithBlocks, path: string): void;
}

function useExpandedBlocks(
  models: readonly ModelWithBlocks[],
  partners: Partners,
  selection: GraphSelection | null,
): ExpandedBlocks {
  const [expanded, setExpanded] = useState<Expanded>({});
  const needed = selection === null ? expanded : withSelected(expanded, models, partners, selection);
  // The selection is always drawn, wherever it was made.
  if (needed !== expanded) setExpanded(needed);
  return {
    of: (model) => expanded[model] ?? nothingExpanded,
    toggle({ id }, path) {
      const next = toggled(expanded, models, partners, { of: id, path });
      if (next === null) return;
      setExpanded(next.expanded);
      selectInGraph({ of: id, path: next.selected });
    },
  };
}
