import { Button } from '@mantine/core';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { goTo } from '../../../state/workspace/navigation';
import { copyLinkOf } from '../../../state/report/workspace-report';
import { LinkIcon } from '../../components/icons';
import { rerunWithOwnModel, saveReport } from './report-actions';
import classes from './ReportButtons.module.css';

export type ReportOrigin = 'own' | 'link';

interface ReportButtonsProps {
  readonly report: Report;
  readonly origin: ReportOrigin;
  readonly variant: ReportVariant | undefined;
}

const files = [
  { kind: 'markdown', label: 'Markdown' },
  { kind: 'csv', label: 'CSV' },
  { kind: 'json', label: 'JSON' },
] as const;

export function ReportButtons({ report, origin, variant }: ReportButtonsProps) {
  return (
    <div className={classes.bar}>
      {origin === 'own' ? (
        <Button leftSection={<LinkIcon />} onClick={() => void copyLinkOf(report)}>
          Copy link
        </Button>
      ) : (
        <>
          {variant === undefined ? null : (
            <Button onClick={() => rerunWithOwnModel(report, variant)}>Re-run with my model</Button>
          )}
          <Button variant="default" onClick={() => goTo('start')}>
            Open Pareto
          </Button>
        </>
      )}
      <div className={classes.files} role="group" aria-label="Save the report">
        <span className={classes.label}>Save as</span>
        {files.map(({ kind, label }) => (
          <button key={kind} type="button" onClick={() => saveReport(report, kind, variant?.id)}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
