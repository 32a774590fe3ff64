/** The goal of a search, and its limits. The defaults are a good first search: one click starts it. */
import { Button, Checkbox, NativeSelect, SegmentedControl } from '@mantine/core';
import { formatCounted, formatProvider } from '../../../../engine/format';
import type { OutputKind } from '../../../../engine/data/output-kind';
import { lossShownAs, shownLoss, type Loss, type OutputLimit } from '../../../../engine/verdict/loss';
import { relativeError } from '../../../../engine/metrics/match-grade';
import {
  type SearchGoal,
  type SearchLimits,
  type SearchObjective,
  timedOn,
  usualGoal,
  withLimit,
} from '../../../../engine/search/search-goal';
import { techniqueFamilies } from '../../../../engine/search/technique-families';
import type { ChosenGoal } from '../../../state/search/search-actions';
import { isDataMissing } from '../../../state/search/searched-candidate';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { selectRuntimeProviders } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';
import { LossSelect } from '../../components/LossSelect';
import { Note } from '../../components/Note';
import { OutputKindFields, useKnownOutputs } from '../../components/OutputKindFields';
import { OptionalNumberField } from '../../components/NumberField';
import { Hint } from '../../components/Term';
import classes from './SearchView.module.css';
import type { Device, ExecutionProvider } from '../../../../engine/metrics/cell';

const objectives: readonly { readonly value: SearchObjective; readonly label: string }[] = [
  { value: 'size', label: 'Smaller' },
  { value: 'latency', label: 'Faster' },
  { value: 'accuracy', label: 'Most accurate' },
];

const budgets = [usualGoal.budgetMs, 300_000, 900_000];
const timeOf = (budgetMs: number): string => formatCounted(budgetMs / 60_000, 'minute');

interface GoalFormProps {
  readonly goal: ChosenGoal;
  readonly onChange: (change: Partial<ChosenGoal>) => void;
  readonly onStart: () => void;
  readonly isFirst: boolean;
}

export function GoalForm({ goal, onChange, onStart, isFirst }: GoalFormProps) {
  const { objective, limits } = goal;
  const data = useWorkspace((state) => state.data);
  const isMissing = useWorkspace(isDataMissing);
  const isPlayed = useWorkspace(({ device }) => device?.webgpu?.software === true) && timedOn(goal) === 'webgpu';
  const isIdle = useJob((state) => state.jobs.length === 0);
  // The next step for a variant is another one.
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'find') && isFirst;
  // Beside a result few words are to be in view, and “More limits” has the time.
  const isTimeShown = isFirst || goal.budgetMs !== usualGoal.budgetMs;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        onStart();
      }}
    >
      <CaptionedField caption={<span id="search-objective">Goal</span>} note={null}>
        <SegmentedControl
          aria-labelledby="search-objective"
          data={[...objectives]}
          value={objective}
          onChange={(value) => onChange({ objective: value as SearchObjective })}
        />
      </CaptionedField>
      {data === null ? null : <LossSelect limits={limits} onChange={(next) => onChange({ limits: next })} />}
      {objective === 'latency' ? <TimedOnSelect goal={goal} onChange={onChange} /> : null}
      <Button type="submit" variant={isNext ? 'filled' : 'default'} disabled={!isIdle || isMissing}>
        {isFirst ? 'Start' : 'Search again'}
      </Button>
      {isMissing || isTimeShown || isPlayed ? (
        <Note className={classes.note}>
          {isMissing ? (
            'The data was too large to keep. Add its files again on the Data screen.'
          ) : (
            <>
              {isTimeShown ? <Hint text={explainSelection(data)}>At most {timeOf(goal.budgetMs)}.</Hint> : null}
              {isPlayed ? ' WebGPU runs in software here. Its times do not predict a real GPU.' : ''}
            </>
          )}
        </Note>
      ) : null}
      <MoreLimits goal={goal} onChange={onChange} />
    </form>
  );
}

/** Limits that few people need: folded, and unset by default. */
function MoreLimits({ goal, onChange }: Pick<GoalFormProps, 'goal' | 'onChange'>) {
  const { objective, limits, budgetMs, families } = goal;
  const { sizeBytes, latencyMs } = limits;
  const data = useWorkspace((state) => state.data);
  return (
    <details className={classes.more}>
      <summary>More limits</summary>
      <div className={classes.limits}>
        <Limit
          caption="Max file size"
          unit="MB"
          value={sizeBytes && sizeBytes / bytesPerMegabyte}
          onChange={(value) => onChange({ limits: withLimit(limits, 'sizeBytes', value && value * bytesPerMegabyte) })}
        />
        <Limit
          caption={`Max ${formatProvider(timedOn(goal))} time`}
          unit="ms"
          value={latencyMs}
          onChange={(value) => onChange({ limits: withLimit(limits, 'latencyMs', value) })}
        />
        {data === null ? null : <OutputLimits limits={limits} onChange={(next) => onChange({ limits: next })} />}
        {objective === 'latency' ? null : <TimedOnSelect goal={goal} onChange={onChange} />}
        <CaptionedField caption="Time" note={null}>
          <NativeSelect
            aria-label="Time"
            value={String(budgetMs)}
            onChange={({ currentTarget }) => onChange({ budgetMs: Number(currentTarget.value) })}
            data={budgets.map((each) => ({ value: String(each), label: timeOf(each) }))}
          />
        </CaptionedField>
        {data === null ? null : <OutputKindFields />}
        <Families families={families} onChange={onChange} />
      </div>
    </details>
  );
}

interface OutputLimitsProps {
  readonly limits: SearchLimits;
  readonly onChange: (limits: SearchLimits) => void;
}

/** Limits that only outputs of some kinds have, and one on the error for all. */
function OutputLimits({ limits, onChange }: OutputLimitsProps) {
  const kinds = useKnownOutputs().map(({ kind }) => kind);
  const offered = outputLimits.filter(({ kind }) => kind === null || kinds.includes(kind));
  return offered.map(({ name, caption, of }) => (
    <Limit
      key={name}
      caption={caption}
      unit="%"
      value={limits[name] === undefined ? undefined : shownLimit(name, of, limits[name])}
      onChange={(value) =>
        onChange(withLimit(limits, name, value === undefined ? undefined : limitShownAs(name, of, value)))
      }
    />
  ));
}

const outputLimits = [
  { name: 'cosineLoss', kind: 'embedding', caption: 'Max embedding error', of: 'cosine' },
  { name: 'neighborLoss', kind: 'embedding', caption: 'Max changed neighbors', of: 'answers' },
  { name: 'overlapLoss', kind: 'map', caption: 'Max overlap loss', of: 'answers' },
  { name: 'stepLoss', kind: 'sequence', caption: 'Max changed steps', of: 'answers' },
  { name: 'sqnrDb', kind: null, caption: 'Max output error', of: 'outputs' },
] as const satisfies readonly {
  readonly name: OutputLimit;
  readonly kind: OutputKind | null;
  readonly caption: string;
  readonly of: Loss['of'];
}[];

/** In percent, as the chart draws it. */
function shownLimit(name: OutputLimit, of: Loss['of'], limit: number): number {
  const shown = shownLoss({ of }, name === 'sqnrDb' ? relativeError(limit) : limit);
  return Number(shown.toPrecision(3));
}

function limitShownAs(name: OutputLimit, of: Loss['of'], shown: number): number {
  const loss = lossShownAs({ of }, shown);
  return name === 'sqnrDb' ? -20 * Math.log10(Math.max(loss, 1e-6)) : loss;
}

/** The techniques that a search may use. It needs at least one. */
function Families({ families, onChange }: Pick<ChosenGoal, 'families'> & Pick<GoalFormProps, 'onChange'>) {
  return (
    <fieldset className={classes.families}>
      <legend>Techniques</legend>
      {techniqueFamilies.map(({ id, title }) => {
        const isUsed = families.includes(id);
        return (
          <Checkbox
            key={id}
            size="xs"
            radius={4}
            iconColor="var(--on-ink)"
            label={title}
            checked={isUsed}
            disabled={isUsed && families.length === 1}
            onChange={() => onChange({ families: isUsed ? families.filter((each) => each !== id) : [...families, id] })}
          />
        );
      })}
    </fieldset>
  );
}

const bytesPerMegabyte = 1e6;

interface LimitProps {
  readonly caption: string;
  readonly unit: string;
  readonly value: number | undefined;
  /** A value that is not above 0 sets no limit. */
  readonly onChange: (value: number | undefined) => void;
}

function Limit({ caption, unit, value, onChange }: LimitProps) {
  return (
    <CaptionedField caption={caption} note={null}>
      <OptionalNumberField
        aria-label={unit === '' ? caption : `${caption}, ${unit}`}
        placeholder="any"
        suffix={unit === '' ? '' : ` ${unit}`}
        w={110}
        value={value}
        onChange={onChange}
      />
    </CaptionedField>
  );
}

/** Explains how a search selects, and how it verifies its selection. */
function explainSelection(data: { readonly mapping: { readonly labels: unknown } } | null): string {
  if (data === null) return 'Without data, a search compares outputs on random inputs.';
  const criterion = data.mapping.labels === null ? 'output error' : 'accuracy';
  return `A search selects by ${criterion} on one part of your data and verifies the result on another part.`;
}

interface TimedOnSelectProps {
  readonly goal: Pick<SearchGoal, 'ep'>;
  readonly onChange: (change: Pick<SearchGoal, 'ep'>) => void;
}

/** Selects the provider that times variants. All are evaluated on WASM. Shows nothing if WASM is the only provider. */
function TimedOnSelect({ goal, onChange }: TimedOnSelectProps) {
  const device = useWorkspace((state) => state.device);
  const ep = timedOn(goal);
  const offered = new Set<ExecutionProvider>(['wasm', ...selectRuntimeProviders({ device }), ep]);
  if (offered.size === 1) return null;
  return (
    <CaptionedField caption="Timed on" note={null}>
      <NativeSelect
        aria-label="Timed on"
        value={ep}
        onChange={({ currentTarget }) => onChange({ ep: currentTarget.value as ExecutionProvider })}
        data={[...offered].map((value) => ({ value, label: labelOf(value, device) }))}
      />
    </CaptionedField>
  );
}

function labelOf(ep: ExecutionProvider, device: Device | null): string {
  const isSoftware = ep === 'webgpu' && device?.webgpu?.software === true;
  return isSoftware ? `${formatProvider(ep)} (software)` : formatProvider(ep);
}
