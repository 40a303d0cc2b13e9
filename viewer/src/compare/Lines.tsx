import classes from "./Compare.module.css";
import { type Line, length_mm } from "./measure";
import { type Screened, mmPerPixel } from "./moves";
import { type Plane, onScreen } from "./planes";

/** Distances drawn on a slice; each timepoint shows them, for all lie in one space. */
export function Lines(props: {
  readonly screened: Screened;
  readonly plane: Plane;
  readonly slice: number;
  readonly lines: readonly Line[];
  readonly growing: Line | undefined;
}) {
  const { screened, growing } = props;
  const { width, height, view, face } = screened;
  const here = props.lines.filter(({ plane, slice }) => plane === props.plane && slice === props.slice);
  const all = growing ? [...here, growing] : here;
  if (all.length === 0) return null;
  const at = (lps: Line["from"]) => {
    const [x, y] = onScreen(view, face, mmPerPixel(screened), lps);
    return [x + width / 2, y + height / 2] as const;
  };
  return (
    <svg className={classes.lines} width={width} height={height} aria-hidden="true">
      {all.map((line, index) => {
        const [[x1, y1], [x2, y2]] = [at(line.from), at(line.to)];
        return (
          <g key={index} data-length-mm={length_mm(line).toFixed(2)}>
            <line x1={x1} y1={y1} x2={x2} y2={y2} className={classes.lineShade} />
            <line x1={x1} y1={y1} x2={x2} y2={y2} className={classes.line} />
            <text x={x2 + 6} y={y2 - 6}>{`${length_mm(line).toFixed(1)} mm`}</text>
          </g>
        );
      })}
    </svg>
  );
}
