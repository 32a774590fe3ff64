/** Fields for the evaluation of outputs: the labels, and the task that they belong to. */
import { Select, Stack } from '@mantine/core';
import type { DataField } from '../../../../engine/data/dataset';
import { answeringOutputs } from '../../../../engine/data/mapping/answering-outputs';
import { withLabelColumn } from '../../../../engine/data/mapping/column-list';
import type { DataMapping, LabelMapping } from '../../../../engine/data/mapping/mapping';
import type { KnownLabels } from '../../../../engine/data/mapping/detect-task';
import type { ModelInterface } from '../../../jobs/jobs';
import { changeMapping } from '../../../state/data/data-actions';
import { classOrderOf } from '../../../state/data/data-classes';
import { mappingToPassOn } from '../../../state/data/data-selectors';
import { useKnownLabels } from '../../../state/data/use-known-labels';
import { useWorkspace } from '../../../state/workspace/use-stores';
import {
  detectedTask,
  labelField,
  possibleTasks,
  taskOfKind,
  taskOnOutput,
  withoutLabels,
  type KnownTask,
  type TaskKind,
} from '../../../state/data/data-mapping';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { Note } from '../../components/Note';
import { NumberField } from '../../components/NumberField';
import { Term } from '../../components/Term';
import { ClassOrderFields } from './ClassOrderFields';
import { describeField, taskNames } from './describe-data';
import { FieldProblem } from './FieldProblem';
import classes from './data.module.css';

interface LabelFieldsProps {
  readonly data: WorkData;
  readonly original: Original;
  /** Problems of labels, the task, or inputs together. */
  readonly problems: readonly string[];
}

/** Values of the list that are no field names: a field's name stands behind a colon. */
const noLabels = 'none';
const folderLabels = 'folders';
const fieldPrefix = 'field:';
const detected = 'detected';

export function LabelFields({ data, original, problems }: LabelFieldsProps) {
  const { mapping, evaluation } = data;
  const { outputs } = original.inspection;
  const labels = useKnownLabels(data);
  const order = classOrderOf(data, labels, outputs);
  const known = labelField(mapping.labels, evaluation.description.fields)?.classes ?? [];
  return (
    <Stack gap={12} role="group" aria-label="Labels and task">
      <h3>Labels and task</h3>
      <div className={classes.row}>
        <LabelsField data={data} />
        <TaskFields data={data} labels={labels} outputs={outputs} />
      </div>
      {order === null ? null : <ClassOrderFields order={order} task={mapping.task} known={known} />}
      {mapping.labels === null ? <FieldProblem problem={evaluation.description.labelProblem ?? null} /> : null}
      {mapping.labels === null && mapping.task?.kind !== 'next-token' ? (
        <Note>
          Without labels, <Term name="Accuracy">accuracy</Term> is unknown.
        </Note>
      ) : null}
      {problems.map((problem) => (
        <FieldProblem key={problem} problem={problem} />
      ))}
    </Stack>
  );
}

function LabelsField({ data: { evaluation, mapping } }: { readonly data: WorkData }) {
  const { fields } = evaluation.description;
  const hasFolders = fields.some(isFolderField);
  const possible = fields.filter(
    (field) =>
      field.kind !== 'picture' && field.kind !== 'sound' && field.columns === undefined && !isFolderField(field),
  );
  return (
    <Select
      label="Labels"
      data={[
        { value: noLabels, label: 'None: output match only' },
        ...(hasFolders ? [{ value: folderLabels, label: 'Folder of each sample' }] : []),
        ...possible.map((field) => ({
          value: `${fieldPrefix}${field.name}`,
          label: `${field.name}, ${describeField(field)}`,
        })),
      ]}
      value={valueOfLabels(mapping.labels)}
      onChange={(next) => next !== null && changeMapping((before) => withLabels(before, next), 'labels')}
      allowDeselect={false}
    />
  );
}

function isFolderField({ kind, name }: DataField): boolean {
  return kind === 'class' && name === 'folder';
}

interface TaskFieldsProps {
  readonly data: WorkData;
  readonly labels: KnownLabels | null;
  readonly outputs: ModelInterface['outputs'];
}

function TaskFields({ data, labels, outputs }: TaskFieldsProps) {
  const { mapping } = data;
  const { task } = mapping;
  const isUnlabeled = mapping.labels === null;
  const evaluated = useWorkspace((state) => mappingToPassOn({ ...state, data }).task);
  const detectedByData = detectedTask(mapping, labels, outputs);
  const predicts = task?.kind === 'next-token';
  const current: KnownTask = predicts ? task : isUnlabeled ? detectedByData : (evaluated ?? detectedByData);
  const isChoice = task !== undefined || answeringOutputs(outputs, mapping).length > 1;
  const kinds = possibleTasks(mapping, labels).map((kind) => ({ value: kind, label: taskNames[kind] }));
  return (
    <>
      <Select
        label="Task"
        data={[
          ...(isUnlabeled ? [] : [{ value: detected, label: `${taskNames[detectedByData.kind]} (detected)` }]),
          ...kinds,
        ]}
        value={predicts ? task.kind : isUnlabeled ? 'match' : (task?.kind ?? detected)}
        onChange={(next) =>
          next !== null && changeMapping((before) => withTask(before, next, current, outputs), 'task')
        }
        allowDeselect={false}
        disabled={isUnlabeled && kinds.length < 2}
      />
      {current.kind === 'match' || !isChoice ? null : (
        <Select
          label="Evaluated output"
          data={outputs.map(({ name }) => name)}
          value={current.output}
          onChange={(chosen) => {
            const output = outputs.find(({ name }) => name === chosen);
            if (output === undefined) return;
            const next = taskOnOutput(output, current, mapping, labels);
            changeMapping((before) => ({ ...before, task: next }), 'output');
          }}
          allowDeselect={false}
        />
      )}
      {task?.kind === 'binary' ? (
        <NumberField
          label="Threshold"
          value={task.threshold}
          step={0.05}
          hasButtons
          onChange={(threshold) =>
            changeMapping((before) => ({ ...before, task: { ...task, threshold } }), 'threshold')
          }
        />
      ) : null}
    </>
  );
}

function valueOfLabels(labels: LabelMapping): string {
  if (labels === null) return noLabels;
  return 'array' in labels ? `${fieldPrefix}${labels.array}` : folderLabels;
}

function withLabels(mapping: DataMapping, value: string): DataMapping {
  const { task, ...rest } = mapping;
  if (value === noLabels) return withoutLabels(mapping);
  const labels: LabelMapping = value === folderLabels ? { folders: true } : { array: value.slice(fieldPrefix.length) };
  return { ...withLabelColumn(rest, labels), ...(task !== undefined && task.kind !== 'match' && { task }) };
}

/** `current`: the task that the outputs are evaluated by. */
function withTask(
  { task: _before, ...mapping }: DataMapping,
  value: string,
  current: KnownTask,
  outputs: ModelInterface['outputs'],
): DataMapping {
  if (value === detected) return mapping;
  return { ...mapping, task: taskOfKind(value as TaskKind, current, outputs[0]?.name ?? '') };
}
