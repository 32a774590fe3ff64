import { Button, Modal } from '@mantine/core';
import { answerQuestion } from '../../state/app-store';
import { useApp } from '../../state/use-stores';
import classes from './Dialog.module.css';

/** Asks before work is replaced. Everything else can be undone and asks nothing. */
export function QuestionDialog() {
  const question = useApp((state) => state.question);
  if (question === null) return null;
  return (
    <Modal opened onClose={() => answerQuestion(false)} title={question.title} centered classNames={classes}>
      <p>{question.text}</p>
      <div className={classes.actions}>
        <Button variant="default" onClick={() => answerQuestion(false)}>
          Keep working
        </Button>
        <Button data-autofocus onClick={() => answerQuestion(true)}>
          {question.confirmLabel}
        </Button>
      </div>
    </Modal>
  );
}
