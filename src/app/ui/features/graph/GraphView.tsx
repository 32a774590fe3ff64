/** The graph of the selected model, beside that of the original where there is room. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { filesOf } from '../../../platform/file-registry';
import { useNodeSubject } from '../../../node-facts/use-node-facts';
import { setGraphWhole, studioViewStore } from '../../../state/window/studio-view';
import {
  beginSearch,
  graphViewStore,
  selectInGraph,
  setCollapsing,
  type GraphSelection,
} from '../../../state/models/graph-view';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import type { InspectedModelEntry } from '../../../state/models/inspected-models';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useGraphDifference, type Looked } from '../../../state/models/use-inspection';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId, type Variant } from '../../../state/workspace/workspace-store';
import type { GraphDifference } from '../../../jobs/jobs';
import { Banner } from '../../components/Banner';
import { InspectedModelState } from '../../components/InspectedModelState';
import { useMedia } from '../../components/use-media';
import { foldedPaths } from '../../../node-facts/folded-nodes';
import { countDrawn } from './fold-helpers';
import { findInModels, locate, type SearchedModel } from './find-in-graphs';
import type { GraphPainter } from './graph-painter';
import type { PaneModel } from './GraphPane';
import { GraphPanes, type Painters } from './GraphPanes';
import { GraphToolbar, type SideChoice } from './GraphToolbar';
import classes from './GraphView.module.css';
import { graphsAround } from './shown-graph';
import { useBlockIndex } from './use-block-index';
import { useColorings } from './use-colorings';

interface Sides {
  /** One or two, the original first. */
  readonly models: readonly PaneModel[];
  /** The same ones; the same object while their descriptions are. */
  readonly searched: readonly SearchedModel[];
  readonly side: SideChoice;
  readonly variant: Variant | null;
  readonly isWide: boolean;
  readonly difference: Looked<GraphDifference>;
  readonly originalEntry: InspectedModelEntry | null;
  /** The entry of the selected model. */
  readonly ownEntry: InspectedModelEntry | null;
}

/** Two graphs need a variant and room. */
function useSides(choice: SideChoice, coloring: string, isCollapsing: boolean): Sides {
  const selected = useWorkspace((state) => state.selected);
  const variant = useWorkspace(selectSelectedVariant);
  const original = useWorkspace((state) => state.original);
  const isWide = useMedia('(min-width: 1100px)');
  const originalEntry = useInspectedModel(originalId);
  const ownEntry = useInspectedModel(selected);
  const difference = useGraphDifference(
    variant === null || original === null ? null : (filesOf(original.filesKey) ?? null),
    variant === null ? null : (filesOf(variant.filesKey) ?? null),
  );
  const side: SideChoice = variant === null ? 'original' : choice === 'both' && !isWide ? 'variant' : choice;
  const [ofOriginal, ofVariant] = useColorings(
    coloring,
    useNodeSubject(originalId, side === 'variant' ? null : originalEntry),
    useNodeSubject(selected, side === 'original' ? null : ownEntry),
  );
  const blocksOfOriginal = useBlockIndex(isCollapsing && side !== 'variant' ? originalEntry : null);
  const blocksOfVariant = useBlockIndex(isCollapsing && side !== 'original' ? ownEntry : null);
  const searched = useMemo(
    () => [
      ...(side === 'variant' ? [] : [{ id: originalId, entry: originalEntry }]),
      ...(side === 'original' ? [] : [{ id: selected, entry: ownEntry }]),
    ],
    [side, selected, originalEntry, ownEntry],
  );
  const models: PaneModel[] = [];
  if (side !== 'variant')
    models.push({
      id: originalId,
      name: 'Original',
      entry: originalEntry,
      coloring: ofOriginal,
      ...blocksOfOriginal,
    });
  if (side !== 'original' && variant !== null) {
    models.push({ id: selected, name: variant.name, entry: ownEntry, coloring: ofVariant, ...blocksOfVariant });
  }
  return { models, searched, side, variant, isWide, difference, originalEntry, ownEntry };
}

export function GraphView() {
  const [choice, setChoice] = useState<SideChoice>('both');
  const [coloring, setColoring] = useState('operator');
  const isCollapsing = useStore(graphViewStore, (state) => state.isCollapsing);
  const [scope, setScope] = useState('graph');
  const [query, setQuery] = useState('');
  const search = useRef<HTMLInputElement>(null);
  const painters = useRef<Painters>(new Map());
  const sides = useSides(choice, coloring, isCollapsing);
  const { models, searched, side, variant, isWide, difference } = sides;
  const selection = useStore(graphViewStore, (state) => state.selection);
  const primary = models.at(-1)!;
  const hits = useMemo(
    () => findInModels(searched, query, new Set(difference.value?.onlyA)),
    [searched, query, difference.value],
  );
  useScopeOfSelection(selection, models, setScope);
  useSearchWishes(search);
  const folded = useFoldedPaths(sides.originalEntry, sides.ownEntry, isCollapsing);
  const counts = useMemo(() => difference.value && countDrawn(difference.value, ...folded), [difference.value, folded]);
  const fit = (): void => fitAll([...painters.current.values()]);
  useRefit(fit, selection === null);
  return (
    // Escape bubbles here from whatever inside has the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className={classes.view} aria-label="Graph" onKeyDown={leaveWhole}>
      <InspectedModelState id={primary.id} entry={primary.entry} />
      <GraphToolbar
        searchRef={search}
        query={query}
        onQuery={setQuery}
        hits={hits}
        onHit={({ of, path }) => selectInGraph({ of, path })}
        selected={selection}
        coloring={coloring}
        onColoring={setColoring}
        collapsing={
          !isCollapsing || folded.some(({ size }) => size > 0) || hasBlocks(models, scope)
            ? { isOn: isCollapsing, turn: setCollapsing }
            : null
        }
        sides={
          variant === null ? null : { chosen: side, isWide, name: variant.name, choose: setChoice, difference: counts }
        }
        graphs={graphsAround(searched, scope)}
        scope={scope}
        onScope={setScope}
        onZoom={(factor) => painters.current.forEach((painter) => painter.zoom(factor, false))}
        onFit={fit}
      />
      {difference.problem === null ? null : <Banner kind="problem">{difference.problem}</Banner>}
      <GraphPanes
        {...{ models, scope, selection, isCollapsing, painters }}
        hits={hits}
        difference={variant === null ? undefined : difference.value}
        onScope={setScope}
        onSearch={() => search.current?.focus()}
        onFit={fit}
      />
    </section>
  );
}

/** Escape, where nothing inside took it: back into the studio. */
function leaveWhole(event: React.KeyboardEvent): void {
  if (event.key !== 'Escape' || event.defaultPrevented || !studioViewStore.getState().isGraphWhole) return;
  event.preventDefault();
  setGraphWhole(false);
}

/** Fits the graphs again once they have the whole window, or only a part of it, unless a node is to stay in view. */
function useRefit(fit: () => void, isFree: boolean): void {
  const isWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  const latest = useRef({ fit, isFree, isWhole });
  useEffect(() => {
    const wasWhole = latest.current.isWhole;
    latest.current = { fit, isFree, isWhole };
    if (wasWhole === isWhole || !isFree) return;
    // The canvases have their new sizes after the next frame.
    requestAnimationFrame(() => requestAnimationFrame(() => latest.current.fit()));
  });
}

/** All graphs get one zoom, so that common parts have the same size, also while one graph follows the other. */
function fitAll(painters: readonly GraphPainter[]): void {
  const zoom = Math.min(...painters.map(({ overviewZoom }) => overviewZoom));
  for (const painter of painters) painter.fit(zoom);
}

const nothingFolded = [new Map<string, string>(), new Map<string, string>()] as const;

/** Helper nodes that are drawn in their layers, of the original and of the variant, in all of their graphs. */
function useFoldedPaths(
  originalEntry: InspectedModelEntry | null,
  variantEntry: InspectedModelEntry | null,
  isCollapsing: boolean,
): readonly [ReadonlyMap<string, string>, ReadonlyMap<string, string>] {
  return useMemo(() => {
    if (!isCollapsing) return nothingFolded;
    return [foldedPaths(originalEntry?.inspected?.graphs ?? []), foldedPaths(variantEntry?.inspected?.graphs ?? [])];
  }, [originalEntry, variantEntry, isCollapsing]);
}

function hasBlocks(models: readonly PaneModel[], scope: string): boolean {
  return models.some(({ blocks }) => blocks?.byGraph.has(scope));
}

/** A node that was selected elsewhere may be in another graph than the one in view. */
function useScopeOfSelection(
  selection: GraphSelection | null,
  models: readonly PaneModel[],
  setScope: (scope: string) => void,
): void {
  const inspected = models.find(({ id }) => id === selection?.of)?.entry?.inspected ?? null;
  const followed = useRef<GraphSelection | null>(null);
  useEffect(() => {
    if (selection === null || inspected === null || followed.current === selection) return;
    followed.current = selection;
    const found = locate(inspected, selection.path);
    if (found === null) return;
    setScope(found.graph.path);
    if (found.item.path !== selection.path) selectInGraph({ of: selection.of, path: found.item.path });
  }, [selection, inspected, setScope]);
}

/** The command of the palette puts the cursor into the search. */
function useSearchWishes(search: React.RefObject<HTMLInputElement | null>): void {
  const isWanted = useStore(graphViewStore, (state) => state.wantsSearch);
  useEffect(() => {
    if (!isWanted) return;
    search.current?.focus();
    beginSearch();
  }, [isWanted, search]);
}
