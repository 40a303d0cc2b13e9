import classes from "./Compare.module.css";
import { type Line, length_mm } from "./measure";
import { type Point, toLps } from "./grid";
import { type Screened, mmPerPixel } from "./moves";
import { type Plane, onScreen } from "./planes";

/** Where the other two planes cut this one: lines with a gap, so that nothing is hidden. */
export function Cross({ screened, voxel }: { readonly screened: Screened; readonly voxel: Point }) {
  const { width, height, view, face, grid } = screened;
  const [right, down] = onScreen(view, face, mmPerPixel(screened), toLps(grid, voxel));
  const [x, y] = [right + width / 2, down + height / 2];
  const gap = 14;
  return (
    <svg className={classes.lines} width={width} height={height} aria-hidden="true">
      <path
        className={classes.cross}
        d={`M${x} 0V${y - gap}M${x} ${y + gap}V${height}M0 ${y}H${x - gap}M${x + gap} ${y}H${width}`}
      />
    </svg>
  );
}

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
