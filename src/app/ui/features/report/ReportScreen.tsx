/** The report: of the work at hand, or read-only from a link. */
import { Button, Container, Stack, Text } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { addElsewhere } from '../../../../engine/report/add-elsewhere';
import { headlineFacts } from '../../../../engine/report/headline-facts';
import { headline } from '../../../../engine/report/headline';
import { decodeReportFragment } from '../../../../engine/report/link-codec';
import type { Report } from '../../../../engine/report/report-schema';
import { otherReportsStore } from '../../../state/report/other-reports';
import { tickedStore, withTickedSamples } from '../../../state/report/ticked-samples';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { goTo } from '../../../state/workspace/navigation';
import { useApp, useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { colorOfRow } from '../../theme/variant-color';
import { ReportDocument } from './ReportDocument';

export function ReportScreen() {
  const link = useApp((state) => state.reportLink);
  return link === null ? <OwnReport /> : <LinkedReportPage key={link} link={link} />;
}

function OwnReport() {
  const report = useWorkspace(reportOfWorkspace);
  const variants = useWorkspace((state) => state.variants);
  const colorOf = useCallback((id: string) => colorOfRow({ variants }, id), [variants]);
  const others = useStore(otherReportsStore, (state) => state.reports);
  const ticked = useStore(tickedStore);
  // The link and the files contain measurements of the same variants on other devices.
  const whole = useMemo(
    () =>
      report &&
      withTickedSamples(
        addElsewhere(
          report,
          others.map((other) => other.report),
        ),
        ticked,
      ),
    [report, others, ticked],
  );
  if (report === null || whole === null) return null;
  return <ReportDocument report={whole} here={report} origin="own" colorOf={colorOf} />;
}

function LinkedReportPage({ link }: { readonly link: string }) {
  const result = useLinkedReport(link);
  switch (result.state) {
    case 'reading':
      return (
        <Text c="dimmed" ta="center" py={48}>
          Reading the report…
        </Text>
      );
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
    <Container component="section" size={560} py={48}>
      <Stack align="flex-start">
        <h1>This report cannot be shown</h1>
        <p>{message}</p>
        <Button onClick={() => goTo('start')}>Open Pareto</Button>
      </Stack>
    </Container>
  );
}

type LinkedReport =
  | { readonly state: 'reading' }
  | { readonly state: 'refused'; readonly message: string }
  | { readonly state: 'read'; readonly report: Report };

/** Unpacks and checks the report of a link, which stays the same for as long as the component lives. Anything that is not a report ends as a sentence. */
function useLinkedReport(link: string): LinkedReport {
  const [result, setResult] = useState<LinkedReport>({ state: 'reading' });
  useEffect(() => {
    let current = true;
    const show = (next: LinkedReport): void => {
      if (current) setResult(next);
    };
    decodeReportFragment(`#r=${link}`).then(
      (report) => show({ state: 'read', report }),
      (error: unknown) => show({ state: 'refused', message: sentenceOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [link]);
  return result;
}
