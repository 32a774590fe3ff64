/** Reports of other devices, which are compared with the report in view: from files, from pasted links, and from a re-run. */
import { createStore } from 'zustand/vanilla';
import type { NamedReport } from '../../../engine/report/device-matrix';
import { decodeReportFragment, maximumReportBytes } from '../../../engine/report/link-codec';
import { parseReport, type Report } from '../../../engine/report/report-schema';
import { ParetoError } from '../../../engine/errors';
import { reportLinkInText } from '../../platform/dropped-content';
import { sentenceOf } from '../jobs/job-runner';
import { notify } from '../window/app-store';

/** Each may be several megabytes. */
const mostReports = 16;

export const otherReportsStore = createStore<{ readonly reports: readonly NamedReport[] }>(() => ({ reports: [] }));

function addOtherReport(named: NamedReport): void {
  const { reports } = otherReportsStore.getState();
  if (reports.length >= mostReports) {
    notify(`At most ${mostReports} reports can be compared. Remove some first.`, { kind: 'problem' });
    return;
  }
  otherReportsStore.setState({ reports: [...reports, named] });
}

/** Adds the report that a re-run begins with: once, however often it is run again. */
export function addSharedReport(report: Report): void {
  const text = JSON.stringify(report);
  const { reports } = otherReportsStore.getState();
  if (reports.some((other) => JSON.stringify(other.report) === text)) return;
  addOtherReport({ source: 'the shared report', report });
}

export function removeOtherReports(): void {
  otherReportsStore.setState({ reports: [] });
}

/** Adds reports from files. They are checked like links, because anybody may have written them. */
export async function addReportFiles(files: readonly File[]): Promise<void> {
  for (const file of files) await addChecked(file.name, () => reportOfFile(file));
}

/** Adds reports from links with spaces or line breaks between them. Only the part after the # is read; no address is visited. */
export async function addReportLinks(text: string): Promise<void> {
  const lines = text.split(/\s+/).filter((line) => line !== '');
  for (const line of lines.slice(0, mostReports)) {
    const { reports } = otherReportsStore.getState();
    await addChecked(`link ${reports.length + 1}`, () => {
      const link = reportLinkInText(line);
      if (link === null)
        throw new ParetoError('report/invalid', 'This is not a link to a report. Copy the whole link.');
      return decodeReportFragment(`#r=${link}`);
    });
  }
}

async function addChecked(source: string, read: () => Promise<Report>): Promise<void> {
  try {
    addOtherReport({ source, report: await read() });
  } catch (error) {
    notify(`${source}: ${sentenceOf(error)}`, { kind: 'problem' });
  }
}

async function reportOfFile(file: File): Promise<Report> {
  if (file.size > maximumReportBytes) {
    throw new ParetoError('report/too-large', 'This file is larger than any report. It was not opened.');
  }
  const text = await file.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ParetoError('report/invalid', 'This file is not a report. Save the report as JSON and add that file.', {
      cause: error,
    });
  }
  return parseReport(value);
}
