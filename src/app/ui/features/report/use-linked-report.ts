import { useEffect, useState } from 'react';
import { decodeReportFragment } from '../../../../engine/report/link-codec';
import type { Report } from '../../../../engine/report/report-schema';
import { sentenceOf } from '../../../state/jobs/job-runner';

export type LinkedReport =
  | { readonly state: 'reading' }
  | { readonly state: 'refused'; readonly message: string }
  | { readonly state: 'read'; readonly report: Report };

/** Unpacks and checks the report of a link, which stays the same for as long as the component lives. Anything that is not a report ends as a sentence. */
export function useLinkedReport(link: string): LinkedReport {
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
