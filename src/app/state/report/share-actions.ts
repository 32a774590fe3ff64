/** Shares the results. The report's code loads when it is asked for. */
export async function copyReportLink(): Promise<void> {
  const report = await import('./workspace-report');
  await report.copyReportLink();
}
