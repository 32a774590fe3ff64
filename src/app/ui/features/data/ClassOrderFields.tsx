/**
 * Maps each label to a class of the model. The names are in the order of the outputs, and can be moved, typed or read
 * from a file.
 */
import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatCount, formatFirst } from '../../../../engine/format';
import type { EvaluationTask } from '../../../../engine/data/mapping/mapping';
import { changeClassOrder, changeMapping } from '../../../state/data/data-actions';
import { type ClassOrder, withClassOrder } from '../../../state/data/data-classes';
import { ClassList } from './ClassList';
import { FieldProblem } from './FieldProblem';
import { Note } from '../../components/Note';
import { parseClassList } from '../../../../engine/data/mapping/class-list';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { chooseClassList } from '../../../state/models/intake';

interface ClassOrderFieldsProps {
  readonly order: ClassOrder;
  readonly task: EvaluationTask | undefined;
  /** Names of the data's own classes, by which a file is read. */
  readonly known: readonly string[];
}

/** A longer list is edited as text: nobody moves a class up nine hundred places. */
const mostMovable = 200;
/** The number of missing classes that are named. */
const mostNamed = 5;

/** Moves one class, without a check: one after each move would be in the way. */
function moveClasses(order: readonly string[]): void {
  changeMapping((before) => withClassOrder(before, order), 'classes');
}

export function ClassOrderFields({ order, task, known }: ClassOrderFieldsProps) {
  const [edited, setEdited] = useState(false);
  const { names, isGiven, missing, areOnlyNames, unnamed } = order;
  // Yes or no by numbers: which is yes says all, and there is nothing to order.
  if (task?.kind === 'binary' && names === null) return <PositiveLabel task={task} />;
  return (
    <Stack gap={8} role="group" aria-label="Class order">
      <Text component="h4" fw={600}>
        Class order {names === null ? null : <Note span>{formatCount(names.length)} classes</Note>}
      </Text>
      {task?.kind === 'binary' && task.positive !== undefined ? null : <Note>{explanationOf(order)}</Note>}
      {names === null || unnamed === 0 ? null : <FieldProblem problem={unnamedSentence(names.length, unnamed)} />}
      {missing.length === 0 ? null : <FieldProblem problem={missingSentence(missing)} />}
      {names === null || edited || names.length > mostMovable ? null : (
        <ClassList names={names} onChange={areOnlyNames ? null : moveClasses} />
      )}
      {edited ? (
        <ClassListEditor
          names={names ?? []}
          known={known}
          onUse={(next) => {
            changeClassOrder(next);
            setEdited(false);
          }}
          onCancel={() => setEdited(false)}
        />
      ) : (
        <OrderButtons order={order} onEdit={() => setEdited(true)} />
      )}
      {isGiven && edited ? null : <PositiveClass task={task} names={names} />}
    </Stack>
  );
}

function explanationOf({
  names,
  isGiven,
  isDeclared,
  areOnlyNames,
  areUnknownTexts,
  areCharacters,
  isYesOrNo,
}: ClassOrder): string {
  if (areCharacters) return 'The characters of the output, in its order, with <blank> for the blank.';
  if (names === null && areUnknownTexts)
    return 'The labels are text with too many distinct values. List the classes, output 0 first.';
  if (names === null)
    return 'Label 0 is output 0. List the classes to name them, or if labels start at another number.';
  if (areOnlyNames) return 'Label 0 is output 0; these are the names.';
  const whose = isGiven ? 'From the mapping' : isDeclared ? 'Numbered by the data' : 'From the data, sorted by name';
  const isSorted = !isGiven && !isDeclared;
  const advice = isSorted ? ' Reorder them if the model was trained with another order.' : '';
  const meaning = isYesOrNo ? 'the first is no, the second is yes' : 'the first is output 0';
  return `${whose}: ${meaning}.${advice}`;
}

function unnamedSentence(classes: number, unnamed: number): string {
  return `The output has ${formatCount(classes + unnamed)} scores, the data ${formatCount(classes)} classes. If the model was trained with more classes, list all of them in its order.`;
}

function missingSentence(missing: readonly string[]): string {
  const quoted = missing.map((name) => `“${name}”`);
  const all = formatFirst(quoted, mostNamed);
  return `${all} ${missing.length === 1 ? 'is' : 'are'} not in the list: samples of ${missing.length === 1 ? 'this class' : 'these classes'} are skipped.`;
}

interface OrderButtonsProps {
  readonly order: ClassOrder;
  readonly onEdit: () => void;
}

function OrderButtons({ order: { names, isGiven, areOnlyNames, byNumber }, onEdit }: OrderButtonsProps) {
  return (
    <Group gap={8}>
      {names === null || areOnlyNames ? null : (
        <Button variant="default" size="compact-sm" onClick={() => changeClassOrder(names.toReversed())}>
          {names.length === 2 ? 'Swap the classes' : 'Reverse'}
        </Button>
      )}
      {byNumber === null ? null : (
        <Button variant="default" size="compact-sm" onClick={() => changeClassOrder(byNumber)}>
          Sort by number
        </Button>
      )}
      <Button variant="default" size="compact-sm" onClick={onEdit}>
        {names === null ? 'List the classes' : 'Edit as text'}
      </Button>
      {isGiven ? (
        <Button variant="subtle" size="compact-sm" onClick={() => changeClassOrder(null)}>
          Restore order of the data
        </Button>
      ) : null}
    </Group>
  );
}

interface PositiveClassProps {
  readonly task: EvaluationTask | undefined;
  readonly names: readonly string[] | null;
}

type BinaryTask = Extract<EvaluationTask, { readonly kind: 'binary' }>;

/** The positive label, for labels that are numbers without names. */
function PositiveLabel({ task }: { readonly task: BinaryTask }) {
  return (
    <TextInput
      label="Yes means label"
      description="All other labels are no."
      placeholder="1"
      maxLength={60}
      value={task.positive ?? ''}
      onChange={({ currentTarget: { value } }) => {
        const { positive: _before, ...rest } = task;
        const next: BinaryTask = value.trim() === '' ? rest : { ...rest, positive: value.trim() };
        changeMapping((before) => ({ ...before, task: next }), 'positive');
      }}
    />
  );
}

/** The class that stands for yes, for an output that says yes or no. */
function PositiveClass({ task, names }: PositiveClassProps) {
  if (task?.kind !== 'binary' || names === null) return null;
  return (
    <Select
      label="Yes means"
      description="All other classes are no."
      data={[...names]}
      value={task.positive ?? names[1] ?? null}
      onChange={(positive) =>
        positive !== null && changeMapping((before) => ({ ...before, task: { ...task, positive } }), 'positive')
      }
      allowDeselect={false}
      searchable={names.length > 10}
    />
  );
}

interface ClassListEditorProps {
  readonly names: readonly string[];
  /** Names of the data's own classes: of several words on a line the one is taken that the data knows. */
  readonly known: readonly string[];
  readonly onUse: (names: readonly string[]) => void;
  readonly onCancel: () => void;
}

/** The whole list as text, to type, paste or fill from a file. The list changes only when a person applies it. */
function ClassListEditor({ names, known, onUse, onCancel }: ClassListEditorProps) {
  const [text, setText] = useState(names.join('\n'));
  const [problem, setProblem] = useState<string | null>(null);
  const use = (): void => {
    try {
      onUse(parseClassList(text, 'This list', known));
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  const readFile = async (): Promise<void> => {
    try {
      const file = await chooseClassList();
      if (file === null) return;
      setText(parseClassList(file.text, file.name, known).join('\n'));
      setProblem(null);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  return (
    <>
      <Textarea
        label="One class per line, output 0 first"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setProblem(null);
        }}
        autosize
        minRows={4}
        maxRows={14}
        spellCheck={false}
        data-autofocus
      />
      <FieldProblem problem={problem} />
      <Group gap={8}>
        <Button variant="default" size="compact-sm" onClick={use}>
          Use this order
        </Button>
        <Button variant="default" size="compact-sm" onClick={() => void readFile()}>
          Read from a file
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={onCancel}>
          Cancel
        </Button>
      </Group>
    </>
  );
}
