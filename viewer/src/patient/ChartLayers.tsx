import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { CURVES, LANE, MARGIN, type Plot } from "./chartForm";
import { cm3, plain } from "./figure";
import type { Region, Timeline } from "./forms";
import { roomy } from "./scale";
import { keyed } from "./vocabulary";

/** Pixels that a date needs. */
const DATE_WIDTH = 84;

/** Axes: volumes at the left, dates below. */
export function Axes({ plot, dates }: { plot: Plot; dates: readonly string[] }) {
  const keep = roomy(plot.axis.at, DATE_WIDTH);
  return (
    <g className={styles.axes}>
      {plot.marks.map((mark) => (
        <g key={mark} transform={`translate(0 ${plot.y(mark)})`}>
          <line x1={MARGIN.left} x2={plot.width - MARGIN.right + 8} />
          <text x={MARGIN.left - 6} dy="0.32em" textAnchor="end">
            {plain(mark, mark !== 0 && mark < 1 ? 2 : Number.isInteger(mark) ? 0 : 1)}
          </text>
        </g>
      ))}
      <text x={4} y={14}>
        cm³
      </text>
      {dates.map((date, n) => {
        const at = plot.axis.at[n] ?? 0;
        const edge = at > plot.width - MARGIN.right - DATE_WIDTH / 2 ? "end" : "middle";
        return keep[n] ? (
          <text key={`${n}`} x={edge === "end" ? at + 16 : at} y={plot.bottom + 18} textAnchor={edge}>
            {date}
          </text>
        ) : null;
      })}
    </g>
  );
}

/** The band of the measurement error around the whole tumour. */
export function Band({ plot, bands }: { plot: Plot; bands: Timeline["bands_cm3"] }) {
  const at = (n: number) => plot.axis.at[n] ?? 0;
  const y = (n: number, edge: 0 | 1) => plot.y(bands[n]?.[edge] ?? 0);
  if (bands.length === 1) return <path className={styles.whisker} d={`M${at(0)} ${y(0, 0)}V${y(0, 1)}`} />;
  const upper = bands.map((_, n) => `${at(n)},${y(n, 1)}`);
  const lower = bands.map((_, n) => `${at(n)},${y(n, 0)}`).reverse();
  return <polygon className={styles.band} points={[...upper, ...lower].join(" ")} />;
}

/** What a curve is drawn of, and how high its letter stands. */
interface CurveProps {
  plot: Plot;
  region: Region;
  values: readonly number[];
  end: number;
}

/** One curve, with its letter at each point. */
export function Curve({ plot, region, values, end }: CurveProps) {
  const { colour, letter, dash } = CURVES[region];
  const points = values.map((value, n) => [plot.axis.at[n] ?? 0, plot.y(value)] as const);
  return (
    <g style={{ color: colour }} data-region={region}>
      <polyline
        className={styles.curve}
        strokeDasharray={dash}
        points={points.map((point) => point.join(",")).join(" ")}
      />
      {points.map(([x, y], n) => (
        <circle key={`${n}`} className={styles.point} cx={x} cy={y} r={region === "wt" ? 5 : 3.5} />
      ))}
      <text className={styles.letter} x={(points[points.length - 1]?.[0] ?? 0) + 9} y={end} dy="0.32em">
        {letter}
      </text>
    </g>
  );
}

/** Borders of the criteria, as lines over the plot. */
export function Thresholds({ plot }: { plot: Plot }) {
  return (
    <g className={styles.thresholds}>
      {plot.lines.map(({ threshold, region }, n) => (
        <g key={`${n}`} transform={`translate(0 ${plot.y(threshold.value)})`}>
          <line x1={MARGIN.left} x2={plot.width - MARGIN.right + 8} />
          <text x={MARGIN.left + 24 + n * 44} y={-4}>
            {threshold.word} {CURVES[region].letter}
          </text>
          <title>{`${threshold.word} ${region.toUpperCase()} ${cm3(threshold.value)} (${threshold.criteria})`}</title>
        </g>
      ))}
    </g>
  );
}

/** Upright lines at the reference and the nadir, with their words above the plot. */
export function References({ plot, assessment }: { plot: Plot; assessment: NonNullable<Timeline["assessment"]> }) {
  const { t } = useTranslation("vocabulary");
  const words = [
    [assessment.reference, t(keyed("reference", assessment.reference_kind), { defaultValue: assessment.reference_kind })],
    [assessment.nadir, t("nadir")],
  ] as const;
  return (
    <g className={styles.references}>
      {words.map(([index, word], row) => {
        const x = plot.axis.at[index] ?? 0;
        const isLate = x > plot.width * 0.75;
        return (
          <g key={word}>
            <line x1={x} x2={x} y1={12 + row * 15} y2={plot.bottom} />
            <text x={isLate ? x - 5 : x + 5} y={20 + row * 15} textAnchor={isLate ? "end" : "start"}>
              {word}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Treatments below the dates: one row a kind, each with the number of its sentence below. */
export function Lanes({ plot, events }: { plot: Plot; events: Timeline["events"] }) {
  const top = plot.bottom + MARGIN.bottom;
  return (
    <g className={styles.lanes}>
      {events.map((event, n) => {
        const from = plot.axis.ofDay(event.from);
        if (from === undefined) return null;
        const y = top + plot.lanes.findIndex((kind) => kind === event.kind) * LANE + LANE / 2;
        const isMoment = event.kind === "surgery";
        const to = isMoment ? from : (plot.axis.ofDay(event.to) ?? plot.width - MARGIN.right + 8);
        return (
          <g key={`${n}`}>
            {isMoment ? null : (
              <rect x={from} y={y - 3} width={Math.max(3, to - from)} height={6} rx={3} data-kind={event.kind} />
            )}
            <circle cx={from} cy={y} r={8} />
            <text x={from} y={y} dy="0.34em" textAnchor="middle">
              {n + 1}
            </text>
          </g>
        );
      })}
    </g>
  );
}
