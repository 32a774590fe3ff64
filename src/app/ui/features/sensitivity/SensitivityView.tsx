/**
 * Shows the cost of each layer of the original when a technique is applied to it: ranked, accumulated, and kept out
 * with one click.
 */
import { Button, NativeSelect } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { formatCounted } from '../../../../engine/format';
import { type Sensitivity, type SensitivityMetric, sensitivityMetrics } from '../../../../engine/search/sensitivity';
import { type SensitivityTechnique, sensitivityTechniques } from '../../../../engine/search/sensitivity-techniques';
import { commandById } from '../../../commands/command-registry';
import { hasJob } from '../../../state/jobs/job-store';
import { sensitivityOf } from '../../../state/search/recorded-sensitivity';
import { chooseSensitivity, chosenTechnique, sensitivityChoiceStore } from '../../../state/search/sensitivity-choice';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';
import { CommandButton } from '../../components/CommandButton';
import {
  accumulatedPoints,
  changedText,
  metricCaption,
  metricTitles,
  type SensitivityRow,
  sensitivityRows,
  textOf,
} from './sensitivity-rows';
import classes from './SensitivityView.module.css';
import { findPass } from '../../../../engine/passes/registry';
import { showInGraph, showInLayers } from '../../../state/models/graph-view';
import { isKeptOut, setKeptOut } from '../../../state/recipe/leave-out';
import { ShareBar } from '../../components/BarTable';
import { ScrollTable } from '../../components/ScrollTable';

/** Layers, the most sensitive first, with what each costs and whether the recipe takes it. */
const metricTerm = { kl: { term: 'KL divergence' }, sqnr: { term: 'SQNR' }, task: {} } as const;

interface SensitivityTableProps {
  readonly technique: SensitivityTechnique;
  readonly found: Sensitivity;
  readonly metric: SensitivityMetric;
}

function SensitivityTable({ technique, found, metric }: SensitivityTableProps) {
  const nodes = useWorkspace(({ original }) => original?.inspection.nodes ?? null);
  const names = new Map(nodes?.map(({ path, name }) => [path, name]));
  // Options know groups of channels by the paths of layers, and single layers by their names.
  const nameOf = (path: string): string => (technique.of === 'groups' ? path : names.get(path) || path);
  const rows = sensitivityRows(found, metric);
  const hasAnswers = rows.some(({ changed }) => changed !== '');
  const barsAnswers = found.layers.some(({ output }) => (output.changed ?? 0) > 0);
  return (
    <ScrollTable
      label="Layers by sensitivity"
      caption="Layers, most sensitive first, with the cost of changing each alone"
      columns={[
        { name: 'Layer', term: 'Layer' },
        { name: 'Operator' },
        { name: 'Own error', isNumeric: true, term: 'SQNR' },
        ...(hasAnswers ? [{ name: 'Answers changed', isNumeric: true }] : []),
        { name: metricCaption(metric, found), isNumeric: true, ...metricTerm[metric] },
        { name: 'Accumulated', isNumeric: true },
        { name: 'Recipe' },
      ]}
      rows={rows.map((row) => ({
        name: row.label,
        onName: () => showInLayers(row.label),
        cells: [
          <OperatorCell key="operator" row={row} />,
          row.local || '–',
          ...(hasAnswers
            ? [<Barred key="changed" text={row.changed || '–'} share={barsAnswers ? row.share : null} />]
            : []),
          <Barred key="alone" text={row.alone || 'not measured'} share={barsAnswers ? null : row.share} />,
          row.accumulated || '–',
          <span key="actions" className={classes.actions}>
            <KeepOut technique={technique} name={nameOf(row.path)} label={row.label} />
            <Button
              variant="default"
              size="compact-sm"
              aria-label={`Show ${row.label} in the graph`}
              onClick={() => showInGraph(row.path)}
            >
              Graph
            </Button>
          </span>,
        ],
      }))}
    />
  );
}

function Barred({ text, share }: { readonly text: string; readonly share: number | null }) {
  return (
    <span className={classes.stacked}>
      {text}
      {share === null ? null : <ShareBar share={share} />}
    </span>
  );
}

function OperatorCell({ row: { op, together } }: { readonly row: SensitivityRow }) {
  return (
    <span className={classes.stacked}>
      {op}
      {together.length === 0 ? null : (
        <span className={classes.together}>{formatCounted(together.length, 'layer')} with it:</span>
      )}
      {together.map((label) => (
        <span key={label} className={classes.together}>
          {label}
        </span>
      ))}
    </span>
  );
}

interface KeepOutProps {
  readonly technique: SensitivityTechnique;
  /** The name that options use. */
  readonly name: string;
  readonly label: string;
}

function KeepOut({ technique, name, label }: KeepOutProps) {
  const isOut = useWorkspace((state) => isKeptOut(state, technique, name));
  const hasStep = useWorkspace(({ recipe }) =>
    recipe.steps.some(({ pass, enabled }) => enabled && pass === technique.pass),
  );
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-pressed={isOut}
      aria-label={`${isOut ? 'Kept out' : 'Keep out'} of the recipe: ${label}`}
      title={
        hasStep ? undefined : `Adds “${findPass(technique.pass)!.presentation.title}” to the recipe, without this layer`
      }
      onClick={() => setKeptOut(technique, name, !isOut)}
    >
      {isOut ? 'Kept out' : 'Keep out'}
    </Button>
  );
}

const AccumulatedChart = lazy(() => import('./AccumulatedChart'));

const fitting = 'fitting';

export function SensitivityView() {
  const choice = useStore(sensitivityChoiceStore);
  const technique = useWorkspace((state) => chosenTechnique(state, choice));
  const found = useWorkspace((state) => sensitivityOf(state, technique.id, choice.metric));
  const metric = choice.metric ?? found?.metric ?? null;
  const isUnknown = useRef(found === null);
  useEffect(() => {
    const { isAvailable, perform } = commandById('measure-sensitivity');
    if (isUnknown.current && isAvailable()) perform();
    // A view that was canceled waits for the button.
    isUnknown.current = false;
  }, []);
  return (
    <section className={classes.view} aria-label="Sensitivity of layers">
      <Choices technique={technique} metric={choice.metric} found={found} />
      {found === null ? (
        <p className={classes.note}>
          Applies {technique.title} to one layer at a time and measures the error at the model’s outputs. Layers with
          most weights come first; it stops after a minute.
        </p>
      ) : (
        <Found technique={technique} found={found} metric={metric ?? found.metric} />
      )}
    </section>
  );
}

interface ChoicesProps {
  readonly technique: SensitivityTechnique;
  readonly metric: SensitivityMetric | null;
  readonly found: Sensitivity | null;
}

function Choices({ technique, metric, found }: ChoicesProps) {
  const isMeasuring = useJob((state) => hasJob(state, 'measure-sensitivity'));
  const hasData = useWorkspace(({ data }) => data !== null);
  const offered = sensitivityMetrics.filter((each) => each !== 'task' || hasData);
  const isKnown = found !== null && found.isOver && (metric === null || metric === found.metric);
  return (
    <div className={classes.choices}>
      <CaptionedField caption="Technique" note={null}>
        <NativeSelect
          aria-label="Technique"
          value={technique.id}
          onChange={({ currentTarget }) =>
            chooseSensitivity({ technique: currentTarget.value as SensitivityTechnique['id'] })
          }
          data={sensitivityTechniques.map(({ id, title }) => ({ value: id, label: title }))}
        />
      </CaptionedField>
      <CaptionedField caption="Sort by" note={null}>
        <NativeSelect
          aria-label="Sort by"
          value={metric ?? found?.metric ?? fitting}
          onChange={({ currentTarget }) => {
            const chosen = offered.find((each) => each === currentTarget.value) ?? null;
            chooseSensitivity({ metric: chosen });
          }}
          data={[
            ...(found === null ? [{ value: fitting, label: 'Best for these outputs' }] : []),
            ...offered.map((each) => ({ value: each, label: metricTitles[each] })),
          ]}
        />
      </CaptionedField>
      <CommandButton command="measure-sensitivity" disabled={isMeasuring || isKnown}>
        {found === null || found.isOver || isMeasuring ? null : 'Continue measuring'}
      </CommandButton>
    </div>
  );
}

interface FoundProps {
  readonly technique: SensitivityTechnique;
  readonly found: Sensitivity;
  readonly metric: SensitivityMetric;
}

function Found({ technique, found, metric }: FoundProps) {
  const points = found.metric === metric ? accumulatedPoints(found) : [];
  return (
    <>
      <p className={classes.note}>{describeSource(technique, found, metric)}</p>
      <SensitivityTable technique={technique} found={found} metric={metric} />
      {points.length < 2 ? null : (
        <Suspense fallback={null}>
          <AccumulatedChart technique={technique} metric={metric} points={points} />
        </Suspense>
      )}
    </>
  );
}

function describeSource({ of }: SensitivityTechnique, found: Sensitivity, metric: SensitivityMetric): string {
  const { samples, inputs, baseline, layers, count, isOver } = found;
  const origin = inputs === 'data' ? 'of your data' : 'of random input';
  const all = textOf(baseline, metric);
  const named = `${metricCaption(metric, found).toLowerCase()} ${all}`;
  const together = baseline.changed === undefined ? '' : `${changedText(baseline.changed, samples)} answers changed, `;
  const measured = metric === 'task' ? layers.filter((layer) => layer.task !== undefined) : layers;
  const task = metric === 'task' && baseline.task ? ` (${baseline.task.samples} for the task)` : '';
  return [
    `Measured on WASM with ${formatCounted(samples, 'sample')} ${origin}${task}; a layer’s own error with up to 8.`,
    ...(all === '' ? [] : [`All layers together: ${together}${named}.`]),
    ...(of === 'groups' ? ['Layers with coupled channels share a figure.'] : []),
    ...(measured.length < count
      ? [`${measured.length} of ${count} measured so far, those with most weights first.`]
      : []),
    ...(isOver && metric !== found.metric ? ['Measure again to accumulate in this order.'] : []),
    ...(metric === 'sqnr' ? [] : ['The graph and the layers table show the output error.']),
    ...(metric === 'task'
      ? ['The task loss of one layer is mostly within its interval. Sort by output error instead.']
      : []),
  ].join(' ');
}
