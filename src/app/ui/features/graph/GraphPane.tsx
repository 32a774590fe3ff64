/** One model's graph: its canvas, or why there is none. */
import { useEffect, useMemo, useRef } from 'react';
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { announce } from '../../../state/window/app-store';
import type { InspectedModelEntry } from '../../../state/models/inspected-models';
import type { GraphSelection } from '../../../state/models/graph-view';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { Banner } from '../../components/Banner';
import { VariantDot } from '../../components/VariantDot';
import { colorOfRow } from '../../theme/variant-color';
import { collapseBlocks, type DrawnGraph } from './collapse-blocks';
import type { DifferenceMark } from './draw-graph';
import { foldHelpers } from './fold-helpers';
import { type Hit, nameOf } from './find-in-graphs';
import type { GraphPainter } from './graph-painter';
import type { Scene } from './graph-scene';
import { GraphCanvas } from './GraphCanvas';
import classes from './GraphView.module.css';
import { type Coloring, colorItems } from './node-colors';
import type { ModelBlocks } from './use-block-index';
import { useScene } from './use-scene';
import { formatCount, formatCounted } from '../../../../engine/format';
import { countClasses } from '../../../node-facts/count-classes';
import { groupWord } from '../../../node-facts/group-number';
import { lowerCased } from '../../../node-facts/lower-cased';
import { MetricState } from '../../components/MetricState';

export interface PaneModel extends ModelBlocks {
  /** `original` or a variant's id. */
  readonly id: string;
  readonly name: string;
  readonly entry: InspectedModelEntry | null;
  /** `null` while the model has not been described. */
  readonly coloring: Coloring | null;
}

export interface GraphPaneProps {
  readonly model: PaneModel;
  /** True if there is no other pane. */
  readonly isAlone: boolean;
  /** The one of this model's graphs to show. `null` while it has not been described. */
  readonly structure: GraphStructure | null;
  /** The place of that graph; `null` if it has the path of the graph in view. */
  readonly place: string | null;
  /** True if repeated blocks are one item each, and helper nodes are drawn in their layers. */
  readonly isCollapsing: boolean;
  /** Paths of blocks that are drawn node by node all the same. */
  readonly expanded: ReadonlySet<string>;
  /** The selection, in any of the models; the same object until the next selection. */
  readonly selection: GraphSelection | null;
  /** Path of what stands for it in this model. */
  readonly selectedPath: string | null;
  readonly hits: readonly Hit[];
  /** Marks by path. */
  readonly marks: ReadonlyMap<string, DifferenceMark>;
  readonly helpId: string;
  readonly onSelect: (path: string | null) => void;
  readonly onOpen: (path: string) => void;
  /** Expands a block, or collapses the one that a node is in. */
  readonly onToggle: (path: string) => void;
  readonly onSearch: () => void;
  readonly onFit: () => void;
  readonly onPainter: (painter: GraphPainter | null) => void;
  readonly onMove: (painter: GraphPainter) => void;
}

export function GraphPane(props: GraphPaneProps) {
  const { model, isAlone, structure, place, selectedPath, onSelect, onOpen, onPainter } = props;
  const { onSearch, onFit, onMove } = props;
  const drawn = useDrawnGraph(props);
  const { scene, isCurrent, problem } = useScene(drawn, model.entry?.inspected?.inspection ?? null, structure);
  const color = useWorkspace((state) => colorOfRow(state, model.id));
  const painter = useRef<GraphPainter | null>(null);
  const selected = selectedPath === null ? null : (scene?.byPath.get(selectedPath) ?? null);
  const look = useLook(scene, props, selected);
  const leads = props.selection?.of === model.id;
  useRevealed(painter, scene, selected, props.selection, model.id);
  const focus = useCarriedFocus(structure);
  const leave = (holder: string): void => {
    focus.carry();
    onSelect(holder);
  };
  const select = (index: number | null): void => {
    if (index !== null && scene !== null) announce(describe(scene, index));
    onSelect(index === null ? null : (scene?.items[index]?.item.path ?? null));
  };
  return (
    <div className={classes.pane} data-testid={`graph-${model.id === originalId ? 'original' : 'variant'}`}>
      <div className={classes.graph}>
        {isAlone ? null : <PaneTitle {...{ model, color, place }} />}
        {problem === null ? null : <Banner kind="problem">{problem}</Banner>}
        <div className={classes.stage} aria-busy={!isCurrent && problem === null}>
          {scene === null || look === null ? (
            <p className={classes.wait}>{problem === null ? 'Laying out the graph…' : null}</p>
          ) : (
            <GraphCanvas
              ref={(created) => {
                painter.current = created;
                onPainter(created);
                focus.arriveAt(created);
              }}
              {...{ scene, look, leads, onSearch, onFit, onMove }}
              mark={markOf(color)}
              label={`Graph of ${model.name}: ${scene.items.length} items`}
              describedBy={props.helpId}
              onSelect={select}
              onOpen={(index) => {
                const { path, graphs } = scene.items[index]!.item;
                if (graphs.length > 0) focus.carry();
                onOpen(path);
              }}
              onLeave={structure?.parent ? () => leave(structure.parent!.node) : null}
              onToggle={(index) => props.onToggle(scene.items[index]!.item.path)}
            />
          )}
        </div>
      </div>
      {scene === null || model.coloring === null ? null : <GraphLegend scene={scene} coloring={model.coloring} />}
    </div>
  );
}

interface PaneTitleProps extends Pick<GraphPaneProps, 'model' | 'place'> {
  readonly color: string;
}

function PaneTitle({ model, color, place }: PaneTitleProps) {
  return (
    <h3 className={classes.paneTitle}>
      <VariantDot color={color} hollow={model.id === originalId} /> {model.name}
      {place === null ? null : <span className={classes.place}>{place}</span>}
    </h3>
  );
}

/** Moves the focus from the canvas of one graph to that of the next, because they are different elements. */
function useCarriedFocus(structure: GraphStructure | null) {
  const left = useRef<GraphStructure | null>(null);
  return {
    carry(): void {
      left.current = structure;
    },
    arriveAt(painter: GraphPainter | null): void {
      if (painter === null || left.current === null || left.current === structure) return;
      left.current = null;
      painter.focus();
    },
  };
}

/** The graph with its blocks collapsed and helper nodes in their layers, unless all nodes are shown. */
function useDrawnGraph({ model, structure, expanded, isCollapsing }: GraphPaneProps): DrawnGraph | null {
  const { blocks, isWaiting } = model;
  return useMemo(() => {
    if (structure === null || isWaiting) return null;
    const collapsed = collapseBlocks(structure, blocks?.byGraph.get(structure.path) ?? [], expanded);
    return isCollapsing ? foldHelpers(structure, collapsed) : collapsed;
  }, [structure, blocks, isWaiting, expanded, isCollapsing]);
}

/** Reveals the selection again each time that a person selects it. */
function useRevealed(
  painter: React.RefObject<GraphPainter | null>,
  scene: Scene | null,
  selected: number | null,
  selection: GraphSelection | null,
  id: string,
): void {
  useEffect(() => {
    if (selected !== null && scene !== null) painter.current?.reveal(selected, selection?.of === id);
  }, [painter, scene, selected, selection, id]);
}

function useLook(scene: Scene | null, { hits, marks, model }: GraphPaneProps, selected: number | null) {
  const { coloring } = model;
  const colors = useMemo(
    () => (scene === null || coloring === null ? null : colorItems(scene.items, coloring)),
    [scene, coloring],
  );
  const isOriginal = model.id === originalId;
  return useMemo(() => {
    if (scene === null || colors === null) return null;
    const indexes = (paths: Iterable<string>): number[] =>
      Array.from(paths, (path) => scene.byPath.get(path)).filter((index) => index !== undefined);
    return {
      colors,
      marks: marksOfItems(scene, marks),
      onlyHereSign: isOriginal ? ('−' as const) : ('+' as const),
      selected,
      hits: new Set(indexes(hits.flatMap(({ of, path }) => (of === model.id ? [path] : [])))),
    };
  }, [scene, colors, marks, hits, selected, isOriginal, model.id]);
}

/** A block that differs in some of its nodes has changed, and so has a layer whose weight is stored in another form. */
function marksOfItems(scene: Scene, marks: ReadonlyMap<string, DifferenceMark>): Map<number, DifferenceMark> {
  const marked = new Map<number, DifferenceMark>();
  for (const [path, mark] of marks) {
    const index = scene.byPath.get(path);
    if (index === undefined) continue;
    const { path: own, stored = [], members = [own] } = scene.items[index]!.item;
    const isWhole = [...members, ...stored].every((member) => marks.get(member) === mark);
    marked.set(index, isWhole ? mark : 'changed');
  }
  return marked;
}

/** `var(--variant-0)` names the variable. */
function markOf(color: string): string {
  return /--[\w-]+/.exec(color)?.[0] ?? '--text';
}

function describe(scene: Scene, index: number): string {
  const { item, lines } = scene.items[index]!;
  const name = item.kind === 'node' ? nameOf(item) : item.kind;
  const [readers, sources] = [scene.readersOf[index]!.length, scene.sourcesOf[index]!.length];
  return `${item.title}, ${name}, ${lines.slice(1).join(', ')}. ${sources} in, ${readers} out.`;
}

/** Explains the visible colors. */
interface GraphLegendProps {
  readonly scene: Scene;
  readonly coloring: Coloring;
}

function GraphLegend({ scene, coloring }: GraphLegendProps) {
  return coloring.kind === 'classes' ? (
    <Classes scene={scene} coloring={coloring} />
  ) : (
    <Numbers scene={scene} coloring={coloring} />
  );
}

function Classes({ scene, coloring }: { scene: Scene; coloring: Coloring & { kind: 'classes' } }) {
  const { classification, classes: byPath } = coloring;
  const paths = scene.items.flatMap(({ item }) => item.members ?? [item.path]);
  return (
    <ul className={classes.legend} aria-label={`Colors: ${lowerCased(classification.title)}`}>
      {countClasses(paths, classification.classes, byPath).map(({ class: { hue, title }, count }) => (
        <li key={hue} className={classes.entry}>
          <span className={classes.swatch} style={{ '--swatch': `var(--hue-${hue})` } as React.CSSProperties} />
          {title} {formatCount(count)}
        </li>
      ))}
      {scene.items.some(({ item }) => item.kind === 'block') ? (
        <li className={classes.entry}>Blocks show the shares of their nodes</li>
      ) : null}
      {classification.withoutClass === null ? null : <li className={classes.entry}>{classification.withoutClass}</li>}
    </ul>
  );
}

function Numbers({ scene, coloring }: { scene: Scene; coloring: Coloring & { kind: 'numbers' } }) {
  const { metric, numbers, scale } = coloring;
  if (numbers.state !== 'known') return <MetricState metric={metric} numbers={numbers} />;
  const word = groupWord(metric);
  const hasBlocks = scene.items.some(({ item }) => item.kind === 'block');
  const open = scene.items.filter(({ item }) => numbers.byPath.get(item.path) === null).length;
  return (
    <div className={classes.legend} title={metric.explanation} data-outdated={numbers.outOfDate !== undefined}>
      {scale === null ? (
        <span>{metric.title}: none</span>
      ) : (
        <span className={classes.entry}>
          {metric.title}: {metric.formatShort(scale.least)}
          <span
            className={classes.scale}
            data-strongest={metric.scale.kind === 'even' ? metric.scale.strongest : 'most'}
            role="img"
            aria-label="to"
          />
          {metric.formatShort(scale.most)}
        </span>
      )}
      {open === 0 ? null : <span>unknown for {formatCounted(open, 'node')} (dotted)</span>}
      <MetricState metric={metric} numbers={numbers} />
      {!hasBlocks ? null : (
        <span>{word === null ? 'blocks: sum of their nodes' : `blocks: ${word} of their nodes`}</span>
      )}
      {numbers.source === null ? null : <span>{numbers.source}</span>}
    </div>
  );
}
