/** A shared report: its models on an input of the reader's own, once the reader gives their files. */
import { Button, Group } from '@mantine/core';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { formatList } from '../../../../engine/format';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { pickFiles } from '../../../platform/pick-files';
import {
  beginReading,
  chooseForReport,
  missingFiles,
  reportedKind,
  reportModelsStore,
  tryInReport,
} from '../../../state/report/report-models';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { TryPanel } from '../../components/changes/TryPanel';
import { Note } from '../../components/Note';
import { ReportPart } from './FoldedOnPhone';

interface ReportTryOutProps {
  readonly report: Report;
  readonly variant: ReportVariant;
  readonly color: string;
}

export default function ReportTryOut({ report, variant, color }: ReportTryOutProps) {
  const given = useStore(reportModelsStore);
  const isOpening = useJob((jobs) => hasJob(jobs, 'compare-file'));
  useEffect(() => beginReading(report), [report]);
  const kind = reportedKind(report);
  if (kind === undefined) return null;
  const missing = missingFiles(given, report, variant);
  return (
    <ReportPart title="Try it side by side">
      {missing.length > 0 ? (
        <Group gap={8}>
          <Button
            variant="default"
            loading={isOpening}
            onClick={() => void pickFiles().then((files) => chooseForReport(report, files))}
          >
            Choose the files
          </Button>
          <Note>
            Drop {formatList(missing)} here to try both models on a {kind}. Files stay on this device.
          </Note>
        </Group>
      ) : (
        <TryPanel
          key={variant.id}
          kind={kind}
          run={(signal, file) => tryInReport(signal, file, report, variant)}
          beforeName="Original"
          afterName={variant.name}
          color={color}
        />
      )}
      {given.notes.map((note) => (
        <Banner key={note} kind="notice">
          {note}
        </Banner>
      ))}
    </ReportPart>
  );
}
