/** The screen without data: it names the accepted data and its use, and states that accuracy is unknown until then. */
import { Text } from '@mantine/core';
import { currentJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { DropPanel } from '../../components/DropPanel';
import { LastOutcome } from '../../components/OutcomeBanner';
import screen from '../../components/Screen.module.css';
import classes from './data.module.css';

const accepted: readonly (readonly [what: string, how: string])[] = [
  ['Pictures', 'PNG, JPEG or WebP: a folder, files or a zip. Labels from a sub-folder per class or labels.csv.'],
  ['Arrays', '.npz, .npy, .safetensors or IDX files (MNIST).'],
  ['Tables', 'CSV, TSV or Parquet; a column may hold pictures.'],
  ['Texts', 'A table column, JSONL or .txt (one text per line), with the tokenizer.json of the model.'],
  ['Sounds', 'WAV: a folder, files or a zip.'],
  ['ONNX test data', 'Folders test_data_set_0, test_data_set_1, … with input_0.pb.'],
];

export function EmptyData() {
  const job = useJob(currentJob);
  return (
    <div className={screen.screen}>
      <header>
        <h1>Data</h1>
        <Text c="dimmed">
          Labeled data measures the accuracy of each variant. Without labels, outputs are compared with the original.
        </Text>
      </header>
      <LastOutcome />
      <DropPanel
        label="Choose data"
        job={job}
        invitation={
          <>
            <CommandButton command="choose-data" primary />
            <CommandButton command="choose-data-folder" />
            <p>or drop files or a folder anywhere. They stay on this device.</p>
          </>
        }
      >
        <dl className={classes.accepted}>
          {accepted.map(([what, how]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{how}</dd>
            </div>
          ))}
        </dl>
      </DropPanel>
    </div>
  );
}
