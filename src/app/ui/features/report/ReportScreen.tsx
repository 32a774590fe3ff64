/** The report: of the work at hand, or read-only from a link. */
import { Button } from '@mantine/core';
import { useCallback, useEffect } from 'react';
import { headlineFacts } from '../../../../engine/report/headline-facts';
import { headline } from '../../../../engine/report/headline';
import type { Report } from '../../../../engine/report/report-schema';
import { goTo } from '../../../state/workspace/navigation';
import { useApp, useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { colourOfRow } from '../../theme/variant-colour';
import { ReportDocument } from './ReportDocument';
import classes from './ReportScreen.module.css';
import { useLinkedReport } from './use-linked-report';

export function ReportScreen() {
  const link = useApp((state) => state.reportLink);
  return link === null ? <OwnReport /> : <LinkedReportPage key={link} link={link} />;
}

function OwnReport() {
  const report = useWorkspace(reportOfWorkspace);
  const variants = useWorkspace((state) => state.variants);
  const colourOf = useCallback((id: string) => colourOfRow({ variants }, id), [variants]);
  if (report === null) return null;
  return <ReportDocument report={report} origin="own" colourOf={colourOf} />;
}

function LinkedReportPage({ link }: { readonly link: string }) {
  const result = useLinkedReport(link);
  switch (result.state) {
    case 'reading':
      return <p className={classes.wait}>Reading the report…</p>;
    case 'refused':
      return <RefusedReport message={result.message} />;
    case 'read':
      return <ReadReport report={result.report} />;
  }
}

function ReadReport({ report }: { readonly report: Report }) {
  const title = headline(headlineFacts(report));
  useEffect(() => {
    document.title = title;
  }, [title]);
  return <ReportDocument report={report} origin="link" />;
}

function RefusedReport({ message }: { readonly message: string }) {
  useEffect(() => {
    document.title = 'This report cannot be shown · Pareto';
  }, []);
  return (
    <section className={classes.refused}>
      <h1>This report cannot be shown</h1>
      <p>{message}</p>
      <Button onClick={() => goTo('start')}>Open Pareto</Button>
    </section>
  );
}
