/** Search, colors, zoom, and which graphs are in view. */
import { ActionIcon, Button, NativeSelect, SegmentedControl, Switch } from '@mantine/core';
import { useStore } from 'zustand';
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { lowerCased } from '../../../node-facts/lower-cased';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { studioViewStore } from '../../../state/window/studio-view';
import { CommandButton } from '../../components/CommandButton';
import type { DifferenceCounts } from './fold-helpers';
import { titleOf, trailTo } from './find-in-graphs';
import { GraphSearch, type GraphSearchProps } from './GraphSearch';
import classes from './GraphView.module.css';
import { coloringGroups } from './use-colorings';
import { formatCount } from '../../../../engine/format';

export type SideChoice = 'both' | 'original' | 'variant';

interface CollapseSwitchProps {
  readonly isOn: boolean;
  readonly turn: (isOn: boolean) => void;
}

interface SidesRowProps {
  readonly chosen: SideChoice;
  readonly isWide: boolean;
  readonly name: string;
  readonly choose: (side: SideChoice) => void;
  /** `undefined` while it is being found out. */
  readonly difference: DifferenceCounts | undefined;
}

interface GraphToolbarProps extends GraphSearchProps {
  /** Id of one of the choices. */
  readonly coloring: string;
  readonly onColoring: (coloring: string) => void;
  /** `null` if all nodes are shown anyway. */
  readonly collapsing: CollapseSwitchProps | null;
  /** `null` if there is nothing to compare. */
  readonly sides: SidesRowProps | null;
  readonly graphs: readonly GraphStructure[];
  readonly scope: string;
  readonly onScope: (scope: string) => void;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
}

export function GraphToolbar(props: GraphToolbarProps) {
  const { coloring, onColoring, collapsing, sides, graphs, scope, onScope, onZoom, onFit } = props;
  const busy = useJob((state) => hasJob(state, 'measure-nodes'));
  const trail = trailTo(graphs, scope);
  return (
    <div className={classes.toolbar}>
      <GraphSearch {...props} />
      <NativeSelect
        aria-label="Color by"
        className={classes.coloring}
        value={coloring}
        onChange={(event) => onColoring(event.currentTarget.value)}
        data={coloringGroups.map(({ title: group, choices }) => ({
          group,
          items: choices.map(({ id, title }) => ({ value: id, label: `Color: ${lowerCased(title)}` })),
        }))}
      />
      {collapsing === null ? null : <CollapseSwitch {...collapsing} />}
      <CommandButton command="measure-nodes" disabled={busy} />
      <div className={classes.zoom} role="group" aria-label="Zoom">
        <ActionIcon variant="default" size={32} aria-label="Zoom out" onClick={() => onZoom(0.8)}>
          −
        </ActionIcon>
        <ActionIcon variant="default" size={32} aria-label="Zoom in" onClick={() => onZoom(1.25)}>
          +
        </ActionIcon>
        <Button variant="default" onClick={onFit}>
          Fit
        </Button>
        <WholeWindowButton />
      </div>
      {sides === null ? null : <SidesRow {...sides} />}
      {trail.length < 2 ? null : (
        <nav aria-label="Graph inside a graph" className={classes.trail}>
          {trail.map((graph, depth) => (
            <span key={graph.path}>
              <Button
                variant="subtle"
                aria-current={depth === trail.length - 1 ? 'page' : undefined}
                onClick={() => onScope(graph.path)}
              >
                {depth === 0 ? 'Main graph' : titleOf(graph)}
              </Button>
            </span>
          ))}
        </nav>
      )}
    </div>
  );
}

function WholeWindowButton() {
  const isWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  return <CommandButton command="graph-whole-window">{isWhole ? 'Back to the studio' : 'Whole window'}</CommandButton>;
}

function SidesRow({ chosen, isWide, name, choose, difference }: SidesRowProps) {
  return (
    <div className={classes.sides}>
      <SegmentedControl
        aria-label="Graphs in view"
        value={chosen}
        onChange={(value) => choose(value as SideChoice)}
        data={[
          { value: 'original', label: 'Original' },
          { value: 'variant', label: name },
          ...(isWide ? [{ value: 'both', label: 'Side by side' }] : []),
        ]}
      />
      {difference === undefined ? null : <DifferenceSummary difference={difference} />}
    </div>
  );
}

function CollapseSwitch({ isOn, turn }: CollapseSwitchProps) {
  return <Switch label="Show all nodes" checked={!isOn} onChange={(event) => turn(!event.currentTarget.checked)} />;
}

/** The signs on the nodes with their meanings and counts. */
function DifferenceSummary({ difference }: { readonly difference: DifferenceCounts }) {
  const { same, changed, onlyA, onlyB } = difference;
  return (
    <p className={classes.summary} data-testid="graph-difference">
      <span>{formatCount(same)} nodes unchanged</span>
      <span>≠ {formatCount(changed)} changed</span>
      <span>− {formatCount(onlyA)} only in the original</span>
      <span>+ {formatCount(onlyB)} only in the variant</span>
    </p>
  );
}
