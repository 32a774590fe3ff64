import { Button, Group, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { canPassOn } from '../../../state/models/fingerprint';
import { goTo } from '../../../state/workspace/navigation';
import { copyLinkOf } from '../../../state/report/workspace-report';
import { LinkIcon } from '../../components/icons';
import { rerunWithOwnModel, saveReport } from './report-actions';
import classes from './report.module.css';

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
  return (
    <Group gap={8} className={classes.notPrinted}>
      {origin === 'own' ? (
        <Button leftSection={<LinkIcon />} onClick={() => void copyLinkOf(report)}>
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
