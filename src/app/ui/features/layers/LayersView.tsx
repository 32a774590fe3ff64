/** Every node of the selected model as a row: what it is, what it costs, and why it was left alone. */
import { Button, Checkbox, Popover, Switch, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { formatCount, formatCounted } from '../../../../engine/format';
import { useStore } from 'zustand';
import { foldedPaths } from '../../../node-facts/folded-nodes';
import { graphViewStore, setCollapsing, takeLayerQuery } from '../../../state/models/graph-view';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { lowerCased } from '../../../node-facts/lower-cased';
import type { NodeMetric, NodeSubject } from '../../../node-facts/node-metric';
import { mixableMetrics } from '../../../node-facts/sensitivity-metrics';
import { sumNumbers } from '../../../node-facts/sum-numbers';
import { saveBlob } from '../../../platform/save-blob';
import type { InspectedModelEntry } from '../../../state/models/inspected-models';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { Variant } from '../../../state/workspace/workspace-store';
import { InspectedModelState } from '../../components/InspectedModelState';
import { ChevronIcon, DownloadIcon, SearchIcon } from '../../components/icons';
import { CommandButton } from '../../components/CommandButton';
import { MetricState } from '../../components/MetricState';
import {
  filterRows,
  foldRows,
  type LayerOrder,
  type LayerRow,
  layerRows,
  layersCsv,
  type MetricColumn,
  costliestFirst,
  sortRows,
} from './layer-rows';
import { LayersTable } from './LayersTable';
import classes from './LayersView.module.css';
import { usualGoal } from '../../../../engine/search/search-goal';
import { findMixedBits } from '../../../state/search/search-actions';
import { isDataMissing } from '../../../state/search/searched-candidate';
import { LossSelect } from '../../components/LossSelect';
import { nodeMetrics } from '../../../node-facts/node-metrics';
import { useNodeNumbers } from '../../../node-facts/use-node-facts';

const noPasses: never[] = [];
const noGraphs: never[] = [];

interface Selected {
  readonly variant: Variant | null;
  readonly entry: InspectedModelEntry | null;
  /** The facts from opening or making the model, until it has been inspected. */
  readonly subject: NodeSubject | null;
}

function useSelected(): Selected {
  const variant = useWorkspace(selectSelectedVariant);
  const id = useWorkspace((state) => state.selected);
  const opened = useWorkspace((state) => state.original?.inspection ?? null);
  const entry = useInspectedModel(id);
  const files = entry?.files ?? null;
  const inspection = entry?.inspected?.inspection ?? variant?.inspection ?? opened;
  const graphs = entry?.inspected?.graphs ?? noGraphs;
  const subject = useMemo(
    () => (inspection === null ? null : { id, files, inspection, graphs }),
    [id, files, inspection, graphs],
  );
  return { variant, entry, subject };
}

export function LayersView() {
  const { variant, entry, subject } = useSelected();
  const busy = useJob((state) => hasJob(state, 'measure-nodes'));
  const isSensing = useJob((state) => hasJob(state, 'measure-sensitivity'));
  const [query, setQuery] = useState(takeLayerQuery);
  const [chosenOrder, setOrder] = useState<LayerOrder | null>(null);
  const filter = useDeferredValue(query);
  const columns = useMetricColumns(subject);
  const hasData = useWorkspace(({ data }) => data !== null);
  const { rows, canFold } = useRows(subject, columns.shown, variant?.optimization.passes ?? noPasses);
  const order = useMemo(() => chosenOrder ?? costliestFirst(rows), [chosenOrder, rows]);
  const shown = useMemo(() => sortRows(filterRows(rows, filter), order), [rows, filter, order]);
  if (subject === null) return null;
  const mixes =
    hasData && columns.shown.some(({ metric, numbers }) => mixableMetrics.has(metric) && numbers.state === 'known');
  const { name } = subject.inspection.file;
  return (
    <section className={classes.view} aria-label="Layers">
      <InspectedModelState id={subject.id} entry={entry} />
      <div className={classes.bar}>
        <TextInput
          className={classes.filter}
          aria-label="Filter by operator, name or shape"
          placeholder="Filter: conv 64×112"
          leftSection={<SearchIcon />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <Totals rows={shown} all={rows.length} subject={subject} columns={columns.shown} />
        {canFold ? <NodesSwitch /> : null}
        <CommandButton command="measure-nodes" disabled={busy} />
        <CommandButton command="measure-sensitivity" disabled={isSensing} />
        <ColumnMenu choices={columns.choices} choose={columns.choose} />
        <Button
          variant="default"
          leftSection={<DownloadIcon />}
          onClick={() =>
            saveBlob(new Blob([layersCsv(shown, columns.shown)], { type: 'text/csv' }), `${name}.layers.csv`)
          }
        >
          CSV
        </Button>
      </div>
      {mixes ? <MixedBitsForm /> : null}
      {columns.shown.map(({ metric, numbers }) => (
        <MetricState key={metric.id} metric={metric} numbers={numbers} />
      ))}
      <LayersTable
        rows={shown}
        metrics={columns.shown}
        order={order}
        onOrder={setOrder}
        showsReasons={rows.some(({ leftAlone }) => leftAlone !== '')}
      />
      <Sources columns={columns.shown} />
      {shown.length === 0 ? <p className={classes.none}>No node matches all words. Use fewer.</p> : null}
    </section>
  );
}

/** The rows of the layers, with their helper nodes in them unless all nodes are shown. */
function useRows(subject: NodeSubject | null, columns: readonly MetricColumn[], passes: readonly PassReport[]) {
  const folds = useStore(graphViewStore, (state) => state.isCollapsing);
  const folded = useMemo(() => foldedPaths(subject?.graphs ?? noGraphs), [subject]);
  const rows = useMemo(() => {
    if (subject === null) return [];
    const all = layerRows(subject, columns, passes);
    return folds ? foldRows(all, folded, columns) : all;
  }, [subject, columns, passes, folds, folded]);
  return { rows, canFold: folded.size > 0 };
}

function NodesSwitch() {
  const folds = useStore(graphViewStore, (state) => state.isCollapsing);
  return (
    <Switch label="All nodes" checked={!folds} onChange={(event) => setCollapsing(!event.currentTarget.checked)} />
  );
}

/** Describes how the numbers outside of the file were measured. */
function Sources({ columns }: { readonly columns: readonly MetricColumn[] }) {
  const sources = columns.flatMap(({ metric, numbers }) =>
    numbers.state === 'known' && numbers.source !== null ? [{ metric, source: numbers.source }] : [],
  );
  if (sources.length === 0) return null;
  return (
    <ul className={classes.sources} aria-label="How these numbers were measured">
      {sources.map(({ metric, source }) => (
        <li key={metric.id}>
          {metric.title}: {source}
        </li>
      ))}
    </ul>
  );
}

interface TotalsProps {
  readonly rows: readonly LayerRow[];
  /** The count without the filter. */
  readonly all: number;
  readonly subject: NodeSubject;
  readonly columns: readonly MetricColumn[];
}

function Totals({ rows, all, subject, columns }: TotalsProps) {
  const totals = useMemo(() => {
    const paths = rows.flatMap(({ path, helpers }) => [path, ...helpers]);
    return columns.flatMap(({ metric, numbers }) => {
      if (metric.sum === null || numbers.state !== 'known') return [];
      const isWhole = rows.length === all && metric.totalOf !== undefined;
      return [{ metric, total: isWhole ? metric.totalOf!(subject) : sumNumbers(paths, metric, numbers.byPath) }];
    });
  }, [rows, all, subject, columns]);
  const nodes = subject.inspection.nodes.length;
  const whole =
    all < nodes ? `${formatCounted(all, 'layer')}, ${formatCounted(nodes, 'node')}` : formatCounted(all, 'node');
  const count = rows.length === all ? whole : `${formatCount(rows.length)} of ${formatCount(all)}`;
  return (
    <p className={classes.totals} role="status" data-testid="layer-totals">
      <strong>{count}</strong>
      {totals.map(({ metric, total }) => (
        <span key={metric.id}>{totalText(metric, total)}</span>
      ))}
    </p>
  );
}

function totalText({ title, formatShort }: NodeMetric, total: number | null): string {
  return total === null ? `${lowerCased(title)} unknown` : `${formatShort(total)} ${lowerCased(title)}`;
}

/** Chooses the numbers that the table lists. */
function ColumnMenu({ choices, choose }: Pick<MetricColumns, 'choices' | 'choose'>) {
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" rightSection={<ChevronIcon />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Columns of numbers" className={classes.columns}>
        {choices.map(({ metric, isShown }) => (
          <Checkbox
            key={metric.id}
            label={metric.title}
            description={metric.explanation}
            checked={isShown}
            onChange={(event) => choose(metric.id, event.currentTarget.checked)}
          />
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}

/** Makes a recipe with bits for each layer from what each layer costs. */
function MixedBitsForm() {
  const [limits, setLimits] = useState(usualGoal.limits);
  const isMissing = useWorkspace(isDataMissing);
  const isIdle = useJob((state) => state.jobs.length === 0);
  return (
    <form
      className={classes.mixed}
      onSubmit={(event) => {
        event.preventDefault();
        void findMixedBits(limits);
      }}
    >
      <LossSelect limits={limits} onChange={setLimits} />
      <Button type="submit" variant="default" disabled={!isIdle || isMissing}>
        Find bits for each layer
      </Button>
      <p className={classes.note}>
        Robust layers get 4 or 2 bits, the others 8. Selected on one part of your data, verified on another.
      </p>
    </form>
  );
}

/** Selects the metrics that are columns of the layers, with their numbers for the model in view. */
interface MetricColumns {
  readonly shown: readonly MetricColumn[];
  /** Every metric, with whether it is shown. */
  readonly choices: readonly { readonly metric: NodeMetric; readonly isShown: boolean }[];
  readonly choose: (id: string, isShown: boolean) => void;
}

/**
 * Shows the metrics of the model itself and those that are known already, until a person chooses. Choosing one computes
 * it.
 */
function useMetricColumns(subject: NodeSubject | null): MetricColumns {
  const [chosen, setChosen] = useState<Readonly<Record<string, boolean>>>({});
  const wanted = useMemo(() => nodeMetrics.filter(({ id }) => chosen[id] === true), [chosen]);
  const numbers = useNodeNumbers(nodeMetrics, subject, wanted);
  return useMemo(() => {
    const columns = nodeMetrics.map((metric, at): MetricColumn & { readonly isShown: boolean } => {
      const found = numbers?.[at] ?? { state: 'running', fraction: 0 };
      return { metric, numbers: found, isShown: chosen[metric.id] ?? isShownAtFirst(metric, found.state === 'known') };
    });
    return {
      shown: columns.filter(({ isShown }) => isShown),
      choices: columns,
      choose: (id, isShown) => setChosen((before) => ({ ...before, [id]: isShown })),
    };
  }, [numbers, chosen]);
}

function isShownAtFirst({ column }: NodeMetric, isKnown: boolean): boolean {
  return column.shown === 'always' || (column.shown === 'when-known' && isKnown);
}
