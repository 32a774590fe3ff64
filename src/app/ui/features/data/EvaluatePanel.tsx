/** The next step: how many samples, where, and the button; or what it started, and how that ended. */
import { Button, Checkbox, Fieldset, Group, Select, Stack } from '@mantine/core';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { describeMissingTokenizer } from '../../../../engine/data/mapping/describe-unfed';
import { evaluationProblem } from '../../../../engine/data/mapping/evaluation-problem';
import { formatCount, formatCounted, formatProvider } from '../../../../engine/format';
import { commandHint } from '../../../commands/command-hint';
import { commandById } from '../../../commands/command-registry';
import { changeSplit, setEvaluationProvider } from '../../../state/data/data-actions';
import { evaluateVariants, evaluationProviders } from '../../../state/benchmark/evaluation-actions';
import { calibratesOnSameFiles, splitCounts, usedSplit } from '../../../state/data/calibration';
import { selectRowsToEvaluate } from '../../../state/data/data-selectors';
import { selectRowIds } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { WorkData } from '../../../state/workspace/workspace-store';
import { chooseData } from '../../../state/models/intake';
import { CommandButton } from '../../components/CommandButton';
import { JobList } from '../../components/JobProgress';
import { Note } from '../../components/Note';
import { LastOutcome } from '../../components/OutcomeBanner';
import screen from '../../components/Screen.module.css';
import { splitOptions } from '../../../../engine/data/split';
import { largestSeed } from '../../../../engine/seeded-random';
import { calibrates } from '../../../state/recipe/recipe-check';
import { NumberField } from '../../components/NumberField';

interface EvaluatePanelProps {
  readonly data: WorkData;
  /** False: the mapping has to be mended first. */
  readonly fits: boolean;
}

export function EvaluatePanel({ data, fits }: EvaluatePanelProps) {
  const jobs = useJob((state) => state.jobs);
  const isEvaluating = hasJob({ jobs }, 'evaluate');
  return (
    <Stack component="section" className={screen.part} pt={16} aria-label="Evaluate">
      <Fieldset variant="unstyled" disabled={isEvaluating}>
        <legend className="visually-hidden">Samples and provider</legend>
        <Group align="flex-start" gap="16px 24px">
          <SplitFields data={data} />
          <ProviderField />
        </Group>
      </Fieldset>
      <LastOutcome />
      <JobList jobs={jobs} />
      {isEvaluating ? null : <EvaluateButton data={data} fits={fits} />}
    </Stack>
  );
}

function ProviderField() {
  const provider = useWorkspace((state) => state.evaluationProvider);
  const providers = useWorkspace(evaluationProviders);
  return (
    <Select
      label="Runs on"
      data={[...new Set([...providers, provider])].map((ep) => ({ value: ep, label: formatProvider(ep) }))}
      value={provider}
      onChange={(next) => setEvaluationProvider((next ?? 'wasm') as ExecutionProvider)}
      allowDeselect={false}
      w={140}
    />
  );
}

/** The next step: evaluate, or what has to come before. */
function EvaluateButton({ data, fits }: EvaluatePanelProps) {
  const missing = useWorkspace((state) => selectRowsToEvaluate(state).length);
  const rows = useWorkspace((state) => selectRowIds(state).length);
  const filesMissing = useWorkspace((state) => state.missingData.includes(data.evaluation.key));
  const lacksTokenizer = useWorkspace(({ original }) =>
    (original?.inspection.inputs ?? []).some(
      (input) => describeMissingTokenizer(input, data.evaluation.description).length > 0,
    ),
  );
  const { evaluation } = splitCounts(data);
  const command = commandById('evaluate');
  const count = missing === 0 ? rows : missing;
  const problem = evaluationProblem(data.mapping, data.evaluation.description, rows);
  if (!fits) return <NotFitting lacksTokenizer={lacksTokenizer} />;
  if (problem !== undefined) {
    return (
      <Group gap="8px 12px">
        <CommandButton command="find-best" primary />
        <Note span>
          {data.mapping.labels === null && data.evaluation.description.labelProblem === undefined
            ? 'No labels: outputs of variants are compared with the original’s. Make a variant first.'
            : problem}
        </Note>
      </Group>
    );
  }
  return (
    <Group gap="8px 12px">
      <Button
        variant={missing === 0 ? 'default' : 'filled'}
        onClick={() => void evaluateVariants()}
        disabled={filesMissing || evaluation === 0}
        {...commandHint(command, command.label)}
        data-testid="evaluate"
        data-missing={missing}
      >
        Evaluate {rows === 1 ? 'the original' : formatCounted(count, 'variant')}
        {missing === 0 ? ' again' : ''}
      </Button>
      <Note span>
        on {formatCounted(evaluation, 'sample')}
        {count > 1 ? ', including the original' : ''}
      </Note>
    </Group>
  );
}

function NotFitting({ lacksTokenizer }: { readonly lacksTokenizer: boolean }) {
  return (
    <Group gap="8px 12px">
      {lacksTokenizer ? (
        <Button onClick={() => void chooseData()}>Choose tokenizer.json</Button>
      ) : (
        <Button variant="default" onClick={() => document.getElementById('mapping')?.scrollIntoView()}>
          Show the input mapping
        </Button>
      )}
      <Note span>
        {lacksTokenizer
          ? 'Texts need a tokenizer: add the model’s tokenizer.json.'
          : 'The data does not fit the model yet.'}
      </Note>
    </Group>
  );
}

/** Selects the samples that calibrate and those that evaluate. No sample is ever in both. */
function SplitFields({ data }: { readonly data: WorkData }) {
  const recipeCalibrates = useWorkspace(({ recipe }) => calibrates(recipe));
  const { samples } = data.evaluation.description;
  const { split } = data;
  const counts = splitCounts(data);
  const ownCalibration = data.calibration !== null && !calibratesOnSameFiles(data);
  const left = samples - (ownCalibration ? 0 : Math.min(split.calibration, samples));
  return (
    <>
      {/* Samples that an earlier recipe set aside remain visible, and can be taken back. */}
      {ownCalibration || (!recipeCalibrates && split.calibration === 0) ? null : (
        <CountField
          label="Calibration samples"
          value={split.calibration}
          least={0}
          most={Math.max(0, samples - 1)}
          onChange={(calibration) => changeSplit({ calibration })}
          note={`of ${formatCount(samples)}${split.calibration === 0 ? '' : ', not evaluated'}`}
        />
      )}
      <Stack gap={4} align="flex-start">
        <CountField
          label="Evaluation samples"
          value={counts.evaluation}
          least={1}
          most={left}
          disabled={split.evaluation === null}
          onChange={(evaluation) => changeSplit({ evaluation })}
          note={null}
        />
        <Checkbox
          size="xs"
          radius={4}
          iconColor="var(--on-ink)"
          label={`All ${formatCount(left)}`}
          checked={split.evaluation === null}
          onChange={(event) => changeSplit({ evaluation: event.currentTarget.checked ? null : left })}
        />
      </Stack>
      {counts.evaluation === samples ? null : (
        <CountField
          label="Split seed"
          value={split.seed}
          least={0}
          most={largestSeed}
          onChange={(seed) => changeSplit({ seed })}
          note={`command line: ${splitOptions(usedSplit(data))}`}
        />
      )}
    </>
  );
}

interface CountFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
  readonly note: string | null;
}

function CountField({ note, disabled = false, ...input }: CountFieldProps) {
  return (
    <Stack gap={4} align="flex-start">
      <NumberField {...input} isWhole step={1} hasButtons disabled={disabled} w={160} />
      {note === null ? null : <Note>{note}</Note>}
    </Stack>
  );
}
