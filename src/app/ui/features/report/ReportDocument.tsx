/** A whole report, read from top to bottom: the sentence, the numbers, the comparison, each cell, what was done, on what. */
import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { headline } from '../../../../engine/report/headline';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { Banner } from '../../components/Banner';
import { Note } from '../../components/Note';
import { formatMoment } from '../../components/charts/cell-evidence';
import { findCell, findEvaluation, measuredProviders, openingVariant } from '../../../../engine/report/find-in-report';
import { describeForWeb } from '../../../../engine/report/for-web';
import { headlineFacts } from '../../../../engine/report/headline-facts';
import { ReportComparison } from '../../components/charts/ReportComparison';
import { ClassDetails } from '../../components/evaluation/ClassDetails';
import { AccuracyMetric } from '../../components/tiles/AccuracyMetric';
import { LatencyMetric } from '../../components/tiles/LatencyMetric';
import { MatchMetric } from '../../components/tiles/MatchMetric';
import { SizeMetric } from '../../components/tiles/SizeMetric';
import { SampleCard } from '../../components/changes/SampleCard';
import sampleClasses from '../../components/changes/changes.module.css';
import { VariantDot } from '../../components/VariantDot';
import { colorOfIndex, originalColor } from '../../theme/variant-color';
import { ReportButtons, type ReportOrigin } from './ReportButtons';
import { ReportCells } from './ReportCells';
import { ReportConditions } from './ReportConditions';
import { otherReportsStore } from '../../../state/report/other-reports';
import screen from '../../components/Screen.module.css';
import { FoldedOnPhone, ReportPart } from './FoldedOnPhone';
import classes from './report.module.css';
import { ReportRecipe } from './ReportRecipe';
import { findByRecipe } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import { describeSearch } from '../../../../engine/search/describe-search';
import { resultOf } from '../../../../engine/search/search-journal';
import { TradeOff } from '../../components/trade-off/TradeOff';
import { describeSweepConditions } from '../../../../engine/profiling/sweep';
import { pointsOfSweep } from '../../../../engine/report/sweep-schema';

/** Models of the report measured alone, over the values of a setting. */
const SweepChart = lazy(() => import('../../components/charts/SweepChart'));

interface ReportSweepsProps {
  readonly report: Report;
  readonly colorOf: (id: string) => string;
}

function ReportSweeps({ report: { sweeps = [], variants }, colorOf }: ReportSweepsProps) {
  if (sweeps.length === 0) return null;
  return (
    <ReportPart title="Settings tried">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={24}>
        <Suspense fallback={null}>
          {sweeps.map((sweep, index) => (
            <SweepChart
              key={`${index} ${sweep.variant} ${sweep.axis}`}
              sweep={{
                ...sweep,
                points: pointsOfSweep(sweep),
                notes: [describeSweepConditions(sweep), ...(sweep.notes ?? [])],
              }}
              name={variants.find(({ id }) => id === sweep.variant)?.name ?? 'original'}
              color={colorOf(sweep.variant)}
            />
          ))}
        </Suspense>
      </SimpleGrid>
    </ReportPart>
  );
}

const ReportTryOut = lazy(() => import('./ReportTryOut'));
const OtherDevices = lazy(() => import('./OtherDevices'));

interface ReportDocumentProps {
  readonly report: Report;
  /** The report without the measurements of other devices. Absent: `report` is compared with others as it is. */
  readonly here?: Report;
  readonly origin: ReportOrigin;
  readonly colorOf?: (id: string) => string;
}

function colorByPlace(report: Report, id: string): string {
  const place = report.variants.findIndex((variant) => variant.id === id);
  return place === -1 ? originalColor : colorOfIndex(place);
}

export function ReportDocument({ report, here = report, origin, colorOf }: ReportDocumentProps) {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const variant = report.variants.find(({ id }) => id === chosen) ?? openingVariant(report);
  const color = useMemo(() => colorOf ?? ((id: string) => colorByPlace(report, id)), [colorOf, report]);
  const options = useMemo(() => ({ colorOf: color }), [color]);
  return (
    <article className={classes.report}>
      <Stack component="header" gap={12}>
        <Note>
          <strong>{report.model.name}</strong> · {formatMoment(report.createdAt)}
        </Note>
        <Text component="h1" fw={400} maw="88ch" style={{ textWrap: 'pretty' }} data-testid="report-headline">
          {headline(headlineFacts(report, variant?.id))}
        </Text>
        {(report.notes ?? []).map((note) => (
          <Banner key={note} kind="notice">
            {note}
          </Banner>
        ))}
        <ReportButtons report={{ ...report, selected: variant?.id }} origin={origin} variant={variant} />
      </Stack>
      {report.variants.length > 1 ? (
        <VariantChoice report={report} chosen={variant?.id} colorOf={color} onChoose={setChosen} />
      ) : null}
      {variant === undefined ? null : <Tiles report={report} variant={variant} />}
      {variant === undefined ? null : <Note>{describeForWeb(report, variant)}</Note>}
      <section className={screen.part} aria-label="Comparison">
        <ReportComparison report={report} options={options} />
      </section>
      {report.search === undefined ? null : <ReportSearch report={report} search={report.search} colorOf={color} />}
      <ReportSamples report={report} colorOf={color} />
      {variant === undefined || origin === 'own' ? null : (
        <Suspense fallback={null}>
          <ReportTryOut report={report} variant={variant} color={color(variant.id)} />
        </Suspense>
      )}
      <ReportCells report={report} colorOf={color} />
      <ReportSweeps report={report} colorOf={color} />
      <Devices report={here} />
      {variant === undefined ? null : <ReportAccuracy report={report} variant={variant} />}
      {variant === undefined ? null : <ReportRecipe variant={variant} />}
      <ReportConditions report={report} />
    </article>
  );
}

/** The samples that the author ticked, with both answers. */
function ReportSamples({ report: { samples = [], variants }, colorOf }: ReportSweepsProps) {
  if (samples.length === 0) return null;
  return (
    <ReportPart title="Changed samples">
      <ol className={sampleClasses.list} data-testid="changed-samples">
        {samples.map(({ variant, change, ...input }) => (
          <li key={`${variant} ${change.index}`} data-testid="changed-sample">
            <SampleCard
              sample={change}
              input={input}
              beforeName="Original"
              afterName={variants.find(({ id }) => id === variant)?.name ?? 'Variant'}
              color={colorOf(variant)}
            />
          </li>
        ))}
      </ol>
    </ReportPart>
  );
}

/** It is open if there are measurements of the same model to compare with. */
function Devices({ report }: { readonly report: Report }) {
  const { sha256 } = report.model;
  const hasOthers =
    useStore(otherReportsStore, ({ reports }) => reports.some((other) => other.report.model.sha256 === sha256)) ||
    report.elsewhere !== undefined;
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isOpen = wanted ?? hasOthers;
  return (
    <details open={isOpen} onToggle={(event) => setWanted(event.currentTarget.open)} className={classes.notPrinted}>
      <Text component="summary">Other devices</Text>
      {isOpen ? (
        <Suspense fallback={null}>
          <OtherDevices report={report} />
        </Suspense>
      ) : null}
    </details>
  );
}

function Tiles({ report, variant }: { readonly report: Report; readonly variant: ReportVariant }) {
  const cells = measuredProviders(report).flatMap((ep) => findCell(report, variant.id, ep) ?? []);
  return (
    <div className={classes.tiles} role="group" aria-label="Measurements">
      <SizeMetric report={report} variant={variant} />
      {cells.map((cell) => (
        <LatencyMetric key={cell.ep} report={report} cell={cell} />
      ))}
      <MatchMetric report={report} variantId={variant.id} />
      <AccuracyMetric report={report} variantId={variant.id} />
    </div>
  );
}

interface VariantChoiceProps {
  readonly report: Report;
  readonly chosen: string | undefined;
  readonly colorOf: (id: string) => string;
  readonly onChoose: (id: string) => void;
}

/** Selects the variant whose sentence, numbers and recipe are shown. */
function VariantChoice({ report, chosen, colorOf, onChoose }: VariantChoiceProps) {
  return (
    <Group gap={8} role="group" aria-label="Variant" className={classes.choice}>
      {report.variants.map(({ id, name }) => (
        <Button
          key={id}
          variant="default"
          aria-pressed={id === chosen}
          leftSection={<VariantDot color={colorOf(id)} />}
          onClick={() => onChoose(id)}
        >
          {name}
        </Button>
      ))}
    </Group>
  );
}

/** Warnings about the accuracy of the variant in view, and its figures by class. Its accuracy and difference stand in the tiles. */
function ReportAccuracy({ report, variant }: { readonly report: Report; readonly variant: ReportVariant }) {
  const { classes: results, warnings = [] } = findEvaluation(report, variant.id) ?? {};
  if (results === undefined && warnings.length === 0) return null;
  return (
    <Stack component="section" aria-label="Accuracy by class">
      <h2>Accuracy of {variant.name} by class</h2>
      {warnings.map((warning) => (
        <Banner key={warning} kind="notice">
          {warning}
        </Banner>
      ))}
      {results === undefined ? null : (
        <FoldedOnPhone summary="Classes">
          <ClassDetails results={results} name={variant.name} />
        </FoldedOnPhone>
      )}
    </Stack>
  );
}

/** The search that found the variant: the trade-off of its candidates, computed from the journal. */
interface ReportSearchProps {
  readonly report: Report;
  readonly search: NonNullable<Report['search']>;
  readonly colorOf: (id: string) => string;
}

function ReportSearch({ report, search, colorOf }: ReportSearchProps) {
  const { variants } = report;
  // Limits can be changed, because a reader may ask for the effect of another limit.
  const [limits, setLimits] = useState(search.goal.limits);
  const result = useMemo(() => resultOf(search), [search]);
  const colorOfCandidate = useCallback(
    ({ recipe }: Pick<Candidate, 'recipe'>) => {
      const made = findByRecipe(variants, recipe);
      return made && colorOf(made.id);
    },
    [variants, colorOf],
  );
  return (
    <ReportPart title="Search">
      <p>{describeSearch(result)}</p>
      <TradeOff result={result} report={report} colorOf={colorOfCandidate} limits={limits} onLimits={setLimits} />
    </ReportPart>
  );
}
