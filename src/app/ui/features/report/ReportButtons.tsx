import { Button, Group, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { canPassOn } from '../../../state/models/fingerprint';
import { goTo } from '../../../state/workspace/navigation';
import { isPassedOnFirst } from '../../../state/report/primary-action';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { copyLinkOf } from '../../../state/report/workspace-report';
import { LinkIcon } from '../../components/icons';
import classes from './report.module.css';
import { reportToCsv } from '../../../../engine/report/csv';
import { formatBytes, formatCounted } from '../../../../engine/format';
import { reportedSamplesHtml } from '../../../../engine/report/changed-page';
import { Note } from '../../components/Note';
import { reportToHtml } from '../../../../engine/report/html';
import { reportToMarkdown } from '../../../../engine/report/markdown';
import { listSamples } from '../../../platform/samples';
import { withoutModelEnding } from '../../../platform/model-name';
import { saveBlob } from '../../../platform/save-blob';
import { setRerun } from '../../../state/window/app-store';
import { openSample } from '../../../state/models/open-actions';
import { addSharedReport } from '../../../state/report/other-reports';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';

/** Actions on a report: export its text, or run its recipe on another model. */
type ReportFileKind = 'html' | 'markdown' | 'csv' | 'json';

const endings: Readonly<Record<ReportFileKind, readonly [ending: string, type: string]>> = {
  html: ['html', 'text/html'],
  markdown: ['md', 'text/markdown'],
  csv: ['csv', 'text/csv'],
  json: ['json', 'application/json'],
};

function saveReport(report: Report, kind: ReportFileKind, variantId: string | undefined): void {
  if (!canPassOn(report)) return;
  const [ending, type] = endings[kind];
  const base = withoutModelEnding(report.model.name).replaceAll(/[^\w.-]+/g, '_');
  saveBlob(new Blob([reportText(report, kind, variantId)], { type }), `${base}.report.${ending}`);
}

function reportText(report: Report, kind: ReportFileKind, variantId: string | undefined): string {
  switch (kind) {
    case 'html':
      return reportToHtml(report, variantId, reportedSamplesHtml(report));
    case 'markdown':
      return reportToMarkdown(report, variantId);
    case 'csv':
      return reportToCsv(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}

/**
 * Takes the recipe of a variant over and asks for a model: the reader's own, on the reader's own device. A sample opens by itself. The
 * report is kept for a comparison of both devices.
 */
async function rerunWithOwnModel(report: Report, variant: ReportVariant): Promise<void> {
  const { model } = report;
  const { name: variantName, recipe } = variant;
  replaceRecipe(recipe, `Recipe of ${variantName}`);
  const variantFile = { sha256: variant.sha256, sizeBytes: variant.sizeBytes.variant };
  setRerun({ variantName, recipe, modelName: model.name, sha256: model.sha256, variantFile });
  addSharedReport(report);
  goTo('start');
  const samples = await listSamples(new AbortController().signal).catch(() => []);
  const sample = samples.find(({ file, sizeBytes }) => file === model.name && sizeBytes === model.sizeBytes);
  if (sample !== undefined) openSample(sample);
}

const QrCodeDialog = lazy(() => import('./QrCodeDialog'));

export type ReportOrigin = 'own' | 'link';

interface ReportButtonsProps {
  readonly report: Report;
  readonly origin: ReportOrigin;
  readonly variant: ReportVariant | undefined;
}

const files = [
  { kind: 'html', label: 'HTML' },
  { kind: 'markdown', label: 'Markdown' },
  { kind: 'csv', label: 'CSV' },
  { kind: 'json', label: 'JSON' },
] as const;

export function ReportButtons({ report, origin, variant }: ReportButtonsProps) {
  const isNext = useWorkspace((state) => isPassedOnFirst(state, variant?.id));
  return (
    <Group gap={8} className={classes.notPrinted}>
      {origin === 'own' ? (
        <Button
          variant={isNext ? 'filled' : 'default'}
          leftSection={<LinkIcon />}
          onClick={() => void copyLinkOf(report)}
        >
          Copy link
        </Button>
      ) : (
        <>
          {variant === undefined || variant.fromFile !== undefined ? null : (
            <Button onClick={() => void rerunWithOwnModel(report, variant)}>Re-run with my model</Button>
          )}
          <Button variant="default" onClick={() => goTo('start')}>
            Open Pareto
          </Button>
        </>
      )}
      <QrCodeButton report={report} />
      <Group gap={4} role="group" aria-label="Save the report">
        <Text span c="dimmed">
          Save as
        </Text>
        {files.map(({ kind, label }) => (
          <Button key={kind} variant="subtle" fw={400} px={8} onClick={() => saveReport(report, kind, variant?.id)}>
            {label}
          </Button>
        ))}
      </Group>
      {report.samples === undefined || origin !== 'own' ? null : (
        <Note>
          Link and files contain {formatCounted(report.samples.length, 'ticked sample')} (
          {formatBytes(JSON.stringify(report.samples).length)}).
        </Note>
      )}
    </Group>
  );
}

function QrCodeButton({ report }: Pick<ReportButtonsProps, 'report'>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(canPassOn(report))}>
        QR code
      </Button>
      {isOpen ? (
        <Suspense fallback={null}>
          <QrCodeDialog report={report} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
