import { Button, Group, Textarea } from '@mantine/core';
import { useState } from 'react';
import { parseClassList } from '../../../../engine/data/mapping/class-list';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { chooseClassList } from '../../../state/models/intake';
import { FieldProblem } from './FieldProblem';

interface ClassListEditorProps {
  readonly names: readonly string[];
  /** Names of the data's own classes: of several words on a line the one is taken that the data knows. */
  readonly known: readonly string[];
  readonly onUse: (names: readonly string[]) => void;
  readonly onCancel: () => void;
}

/** The whole list as text, to type, paste or fill from a file. The list changes only when a person applies it. */
export function ClassListEditor({ names, known, onUse, onCancel }: ClassListEditorProps) {
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
