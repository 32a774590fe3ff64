/** Whom a step that trains learns from: the original, or another model that a person chooses. */
import { Button, CloseButton } from '@mantine/core';
import { useId } from 'react';
import { chooseTeacher, removeTeacher } from '../../../state/recipe/teacher-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import classes from './SidePanel.module.css';

export function TeacherField() {
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
