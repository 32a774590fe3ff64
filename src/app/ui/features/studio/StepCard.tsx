/** One pass of the recipe: on or off, its options, its place. */
import { ActionIcon, Button, CloseButton, Collapse, Menu, Switch, UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, lazy, type PointerEvent, Suspense, useId, useState } from 'react';
import type { Pass } from '../../../../engine/passes/pass';
import { findPass } from '../../../../engine/passes/registry';
import type { RecipeStep } from '../../../../engine/recipe/recipe';
import { notify } from '../../../state/window/app-store';
import { chooseTeacher, learns, removeTeacher } from '../../../state/recipe/teacher-actions';
import { removeStep, resetStepOptions, setStepEnabled } from '../../../state/recipe/recipe-actions';
import { ChevronIcon, GripIcon, MoreIcon } from '../../components/icons';
import { isDefault } from './option-facts';
import { OptionField } from './OptionField';
import classes from './SidePanel.module.css';
import { useWorkspace } from '../../../state/workspace/use-stores';
import type { OptionSpec, OptionValue, OptionValues } from '../../../../engine/passes/option-spec';

type Naming = (name: string) => string;

function valueText(spec: OptionSpec, value: OptionValue, naming: Naming): string {
  switch (spec.kind) {
    case 'boolean':
      return value === true ? spec.label.toLowerCase() : `no ${spec.label.toLowerCase()}`;
    case 'number':
      return spec.isShare === true && typeof value === 'number'
        ? `${Math.round(value * 1000) / 10}\u00a0%`
        : `${spec.label.toLowerCase()} ${String(value)}`;
    case 'choice': {
      const label = spec.choices.find((choice) => choice.value === value)?.label ?? String(value);
      return spec.isAmount === true ? `${label} ${spec.label.toLowerCase()}` : label;
    }
    case 'list':
      return `${spec.label.toLowerCase()}: ${listText(spec.default, (Array.isArray(value) ? value : []).map(naming))}`;
    case 'map':
      return `${spec.label.toLowerCase()}: ${mapText(value, naming)}`;
  }
}

/**
 * The number of named entries; more are counted, because choices for every layer of a model would fill the column of
 * the recipe.
 */
const mostNamed = 3;

function mapText(value: OptionValue, naming: Naming): string {
  const entries = Object.entries(value);
  if (entries.length > mostNamed) return `${entries.length} entries`;
  return entries.map(([name, each]) => `${naming(name)}=${String(each)}`).join(', ') || 'none';
}

/** Longer names of nodes lose their middle: paths differ at their ends, and begin with the part of the model that they are in. */
const longestName = 28;

function shortened(name: string): string {
  if (name.length <= longestName) return name;
  const end = Math.ceil((longestName - 1) * 0.6);
  return `${name.slice(0, longestName - 1 - end)}…${name.slice(-end)}`;
}

/** Shows only the additions to the defaults if all defaults stayed, because the form has the whole list. */
function listText(defaults: readonly string[], value: readonly string[]): string {
  if (value.length === 0) return 'none';
  const isLonger = defaults.length > 0 && defaults.every((one) => value.includes(one));
  if (!isLonger) return value.length > mostNamed ? `${value.length} entries` : value.join(', ');
  const added = value.filter((one) => !defaults.includes(one));
  return added.length > mostNamed ? `+\u00a0${added.length} entries` : added.map((one) => `+\u00a0${one}`).join(', ');
}

/** True for the option that a pass always shows. */
function showsAlways(spec: OptionSpec): boolean {
  const isAmount = spec.kind === 'choice' ? spec.isAmount : spec.kind === 'number' && spec.isShare;
  return isAmount === true && spec.advanced !== true;
}

interface OptionsSummary {
  /** Empty if all options have their defaults and none is an amount. */
  readonly text: string;
  /** The text with whole names, if the other text has shortened ones. */
  readonly whole?: string;
}

/** A pass's options in a line: always shares and amounts, and other options if they differ from the default. */
export function summarizeOptions(pass: Pick<Pass, 'options'>, options: OptionValues): OptionsSummary {
  const text = summaryOf(pass, options, shortened);
  const whole = summaryOf(pass, options, (name) => name);
  return text === whole ? { text } : { text, whole };
}

function summaryOf(pass: Pick<Pass, 'options'>, options: OptionValues, naming: Naming): string {
  const entries = Object.entries(pass.options);
  const changed = entries.filter(([name, spec]) => !isDefault(spec, options[name]));
  const amounts = entries.filter(([name, spec]) => showsAlways(spec) && isDefault(spec, options[name]));
  const shown = [...amounts, ...changed];
  return shown.map(([name, spec]) => valueText(spec, options[name] ?? spec.default, naming)).join(' · ');
}

const RecipeForecast = lazy(async () => ({ default: (await import('./RecipeForecast')).RecipeForecast }));
const StepPlan = lazy(async () => ({ default: (await import('./StepPlan')).StepPlan }));

export interface StepCardProps {
  readonly step: RecipeStep;
  readonly index: number;
  readonly count: number;
  readonly onMove: (from: number, to: number) => void;
  readonly onDragStart: (index: number, event: PointerEvent<HTMLElement>) => void;
}

export function StepCard({ step, index, count, onMove, onDragStart }: StepCardProps) {
  const [opened, setOpened] = useState(false);
  const bodyId = useId();
  const pass = findPass(step.pass);
  const title = pass?.presentation.title ?? step.pass;
  return (
    <div className={classes.card} data-enabled={step.enabled}>
      <div className={classes.stepHeader}>
        <Handle title={title} index={index} count={count} onMove={onMove} onDragStart={onDragStart} />
        <UnstyledButton
          className={classes.stepTitle}
          aria-expanded={opened}
          aria-controls={bodyId}
          onClick={() => setOpened((open) => !open)}
        >
          <span className={classes.stepName}>{title}</span>
          <span className={classes.chevron} data-open={opened}>
            <ChevronIcon />
          </span>
        </UnstyledButton>
        <Switch
          size="xs"
          checked={step.enabled}
          onChange={(event) => setStepEnabled(index, event.currentTarget.checked)}
          aria-label={`${title}: on`}
        />
        <StepMenu title={title} index={index} count={count} onMove={onMove} />
      </div>
      {opened || pass === undefined ? null : <Summary pass={pass} options={step.options} />}
      <div id={bodyId}>
        <Collapse expanded={opened}>
          {pass === undefined ? <UnknownPass id={step.pass} /> : <Options pass={pass} step={step} index={index} />}
          {opened ? (
            <Suspense fallback={null}>
              <RecipeForecast />
            </Suspense>
          ) : null}
        </Collapse>
      </div>
    </div>
  );
}

function Summary({ pass, options }: { readonly pass: Pass; readonly options: RecipeStep['options'] }) {
  const { text, whole } = summarizeOptions(pass, options);
  if (text === '') return null;
  return (
    <p className={classes.summary} title={whole}>
      {text}
    </p>
  );
}

function UnknownPass({ id }: { readonly id: string }) {
  return <p className={classes.note}>Unknown pass {id}. Remove it, or open the recipe in a newer version of Pareto.</p>;
}

interface OptionsProps {
  readonly pass: Pass;
  readonly step: RecipeStep;
  readonly index: number;
}

function Options({ pass, step, index }: OptionsProps) {
  const all = Object.entries(pass.options);
  const fieldsOf = (options: typeof all) =>
    options.map(([name, spec]) => (
      <OptionField key={name} index={index} name={name} spec={spec} value={step.options[name]} />
    ));
  const advanced = all.filter(([, spec]) => spec.advanced === true);
  const plain = all.filter(([, spec]) => spec.advanced !== true);
  // The amount comes first, and its effect stands right below.
  const before = pass.plan === undefined ? plain.length : 1;
  // Decided once: the fold does not close over an option that is set back to its default.
  const [isOpen] = useState(() => advanced.some(([name, spec]) => !isDefault(spec, step.options[name])));
  return (
    <div className={classes.options}>
      <p className={classes.note}>{pass.presentation.summary}</p>
      {fieldsOf(plain.slice(0, before))}
      {pass.plan === undefined ? null : (
        <Suspense fallback={null}>
          <StepPlan index={index} />
        </Suspense>
      )}
      {fieldsOf(plain.slice(before))}
      {learns(step) ? <TeacherField /> : null}
      {advanced.length === 0 ? null : (
        <details className={classes.advanced} open={isOpen}>
          <summary>More options</summary>
          <div className={classes.fields}>{fieldsOf(advanced)}</div>
        </details>
      )}
    </div>
  );
}

type HandleProps = Omit<StepCardProps, 'step'> & { readonly title: string };

function Handle({ title, index, count, onMove, onDragStart }: HandleProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    onMove(index, index + (event.key === 'ArrowUp' ? -1 : 1));
  };
  return (
    <button
      type="button"
      className={classes.handle}
      data-handle
      aria-label={`Move ${title}, pass ${index + 1} of ${count}: arrow keys`}
      title="Drag, or use the arrow keys"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => onDragStart(index, event)}
    >
      <GripIcon />
    </button>
  );
}

type StepMenuProps = Pick<StepCardProps, 'index' | 'count' | 'onMove'> & { readonly title: string };

function StepMenu({ title, index, count, onMove }: StepMenuProps) {
  const remove = (): void => {
    removeStep(index);
    notify(`${title} removed.`, { undoable: true });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="ink" aria-label={`More for ${title}`}>
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={index === 0} onClick={() => onMove(index, index - 1)}>
          Move up
        </Menu.Item>
        <Menu.Item disabled={index === count - 1} onClick={() => onMove(index, index + 1)}>
          Move down
        </Menu.Item>
        <Menu.Item onClick={() => resetStepOptions(index)}>Reset options</Menu.Item>
        <Menu.Item onClick={remove}>Remove</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The teacher of a step that trains: the original, or another model that a person chooses. */
function TeacherField() {
  const teacher = useWorkspace((state) => state.teacher);
  const labelId = useId();
  return (
    <div role="group" aria-labelledby={labelId}>
      <p id={labelId} className={classes.optionLabel}>
        Teacher
      </p>
      <div className={classes.teacherRow}>
        <span className={classes.teacherName}>{teacher?.name ?? 'The original'}</span>
        {teacher === null ? null : (
          <CloseButton size="sm" aria-label="Learn from the original" onClick={removeTeacher} />
        )}
        <Button variant="default" size="compact-xs" onClick={() => void chooseTeacher()}>
          Choose a model
        </Button>
      </div>
    </div>
  );
}
