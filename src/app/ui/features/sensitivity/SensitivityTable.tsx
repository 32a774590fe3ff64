/** Layers, the most sensitive first, with what each costs and whether the recipe takes it. */
import { Button } from '@mantine/core';
import { formatCounted } from '../../../../engine/format';
import { findPass } from '../../../../engine/passes/registry';
import type { Sensitivity, SensitivityMetric } from '../../../../engine/search/sensitivity';
import type { SensitivityTechnique } from '../../../../engine/search/sensitivity-techniques';
import { showInGraph } from '../../../state/models/graph-view';
import { isKeptOut, setKeptOut } from '../../../state/recipe/leave-out';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { ShareBar } from '../../components/BarTable';
import { ScrollTable } from '../../components/ScrollTable';
import { metricCaption, sensitivityRows, type SensitivityRow } from './sensitivity-rows';
import classes from './SensitivityView.module.css';

const metricTerm = { kl: { term: 'KL divergence' }, sqnr: { term: 'SQNR' }, task: {} } as const;

interface SensitivityTableProps {
  readonly technique: SensitivityTechnique;
  readonly found: Sensitivity;
  readonly metric: SensitivityMetric;
}

export function SensitivityTable({ technique, found, metric }: SensitivityTableProps) {
  const nodes = useWorkspace(({ original }) => original?.inspection.nodes ?? null);
  const names = new Map(nodes?.map(({ path, name }) => [path, name]));
  // Options know groups of channels by the paths of layers, and single layers by their names.
  const nameOf = (path: string): string => (technique.of === 'groups' ? path : names.get(path) || path);
  return (
    <ScrollTable
      label="Layers by sensitivity"
      caption="Layers, most sensitive first, with the cost of changing each alone"
      columns={[
        { name: 'Layer', term: 'Layer' },
        { name: 'Operator' },
        { name: 'Own output', isNumeric: true, term: 'SQNR' },
        { name: metricCaption(metric, found), isNumeric: true, ...metricTerm[metric] },
        { name: 'Accumulated', isNumeric: true },
        { name: 'Recipe' },
      ]}
      rows={sensitivityRows(found, metric).map((row) => ({
        name: row.label,
        cells: [
          <OperatorCell key="operator" row={row} />,
          row.local || '–',
          <span key="alone" className={classes.stacked}>
            {row.alone || 'not measured'}
            <ShareBar share={row.share} />
          </span>,
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
