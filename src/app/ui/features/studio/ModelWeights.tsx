/** Shows the types of the weights, and the weights that the model does not need. */
import type { DuplicateWeights } from '../../../../engine/analysis/weights/duplicate-weights';
import type { DeadWeight, PrecisionShare } from '../../../../engine/analysis/weights/weight-summary';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatCount, formatCounted } from '../../../../engine/format';
import type { ModelFiles } from '../../../jobs/jobs';
import { useDuplicateWeights, type Looked } from '../../../state/models/use-inspection';
import { BarTable } from '../../components/BarTable';
import { FactList } from '../../components/FactList';
import classes from './ModelView.module.css';

interface ModelWeightsProps {
  readonly inspection: Inspection;
  readonly files: ModelFiles;
}

export function ModelWeights({ inspection, files }: ModelWeightsProps) {
  const duplicates = useDuplicateWeights(files);
  const facts = [
    ['Duplicates', duplicatesText(duplicates)],
    ['Unused', deadText(inspection.deadWeights)],
  ].filter((fact): fact is [string, string] => fact[1] !== null);
  return (
    <section aria-label="Weights">
      <h3>Weights</h3>
      <div className={classes.stack}>
        {inspection.precision.length === 0 ? null : <Precision shares={inspection.precision} />}
        {facts.length === 0 ? null : <FactList facts={facts} />}
      </div>
    </section>
  );
}

function Precision({ shares }: { readonly shares: readonly PrecisionShare[] }) {
  const allBytes = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <BarTable
      label="Precision"
      caption="Weights of the model by their element type, most bytes first"
      columns={['Type', 'Parameters', 'Size']}
      rows={shares.map(({ dtype, parameters, bytes }) => ({
        name: dtype,
        numbers: [parameters === 0 ? '–' : formatCount(parameters), formatBytes(bytes)],
        share: allBytes === 0 ? 0 : bytes / allBytes,
      }))}
    />
  );
}

function duplicatesText({ value, problem }: Looked<readonly DuplicateWeights[]>): string | null {
  if (problem !== null) return problem;
  if (value === undefined || value.length === 0) return null;
  const saved = value.reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  const copies = value.reduce((sum, { paths }) => sum + paths.length - 1, 0);
  return `${formatCounted(copies, 'weight')}, ${formatBytes(saved)}. Simplify keeps one of each.`;
}

function deadText(dead: readonly DeadWeight[]): string | null {
  if (dead.length === 0) return null;
  const bytes = dead.reduce((sum, weight) => sum + weight.bytes, 0);
  const what = dead.length === 1 ? 'it' : 'them';
  return `${formatCounted(dead.length, 'weight')}, ${formatBytes(bytes)}. Simplify removes ${what}.`;
}
